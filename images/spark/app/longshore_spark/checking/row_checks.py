"""Checks of staged rows, as SQL that Spark and databases both read; a failure stops the publish. Pure.

A check first counts the rows that fail it, and selects some of them to be shown only if there are any.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from longshore_spark.grammar.check_grammar import Between, Check, Fresh, NotNull, RowCount, SqlCheck, Unique

_SHOWN = 3
"""Rows in a sentence."""
_WIDTH = 4
"""Columns of a row in a sentence."""
_LONGEST = 40
"""Characters of a value in a sentence."""


@dataclass(frozen=True)
class StagedRows:
    """The rows to check, and how their engine writes SQL."""

    run: Callable[[str], Sequence[Sequence[object]]]
    """Runs a SELECT; its rows. Values may be texts."""
    quoted: Callable[[str], str]
    """An identifier."""
    literal: Callable[[str], str]
    """A text, which stands for a value of the column that it is compared with."""
    table: str
    """The name of the table of staged rows, quoted."""
    columns: Sequence[str]
    rows: int


def failures(checks: Sequence[Check], staged: StagedRows, *, source_rows: int) -> list[str]:
    """Returns a sentence without its full stop for each failure of a check; none: all rows are as they should be.

    Args:
        staged: the rows. Its `run` gets PostgreSQL's own `?` as it is.
        source_rows: how many were read.
    """
    return [sentence for check in checks for sentence in _failures(check, staged, source_rows)]


def _failures(check: Check, staged: StagedRows, source_rows: int) -> list[str]:
    if unknown := [column for column in _columns(check) if column not in staged.columns]:
        there = ", ".join(map(repr, staged.columns))
        return [f"{_name(check)}: the rows have no {_named(unknown)}; they have {there}"]
    match check:
        case NotNull():
            return _nulls(check, staged)
        case Unique():
            return _repeated(check, staged)
        case RowCount():
            return _wrong_count(check, staged, source_rows)
        case Between():
            return _outside(check, staged)
        case Fresh():
            return _stale(check, staged)
        case SqlCheck():
            return _returned(check, staged)


def _nulls(check: NotNull, staged: StagedRows) -> list[str]:
    null = {column: f"{staged.quoted(column)} IS NULL" for column in check.columns}
    # Most often no column has a NULL, and one scan shows that for all columns.
    ((count,),) = staged.run(f"SELECT count(*) FROM {staged.table} WHERE {' OR '.join(null.values())}")
    if not int(str(count)):
        return []
    return [one for column in null for one in _where(null[column], column, f"not_null of {column!r}", staged)]


def _outside(check: Between, staged: StagedRows) -> list[str]:
    column, inside = staged.quoted(check.column), []
    if check.min is not None:
        inside.append(f"{column} >= {_value(check.min, staged)}")
    if check.max is not None:
        inside.append(f"{column} <= {_value(check.max, staged)}")
    return _where(f"NOT ({' AND '.join(inside)})", check.column, _name(check), staged)


def _where(condition: str, column: str, name: str, staged: StagedRows) -> list[str]:
    offending = f"FROM {staged.table} WHERE {condition}"
    ((count,),) = staged.run(f"SELECT count(*) {offending}")
    if not int(str(count)):
        return []
    # The column itself, and the table's first columns, which often identify the row.
    shown = list(dict.fromkeys([column, *staged.columns]))[:_WIDTH]
    rows = staged.run(f"SELECT {', '.join(map(staged.quoted, shown))} {offending} LIMIT {_SHOWN}")
    return [f"{name}: {_counted(count, 'row')}, such as {'; '.join(_row(shown, row) for row in rows)}"]


def _repeated(check: Unique, staged: StagedRows) -> list[str]:
    key = ", ".join(map(staged.quoted, check.columns))
    repeated = f"SELECT {key}, count(*) FROM {staged.table} GROUP BY {key} HAVING count(*) > 1"
    ((count,),) = staged.run(f"SELECT count(*) FROM ({repeated}) AS repeated")
    if not int(str(count)):
        return []
    rows = staged.run(f"{repeated} LIMIT {_SHOWN}")
    shown = "; ".join(f"{_row(check.columns, row)} ({row[-1]} rows)" for row in rows)
    return [f"{_name(check)}: {_counted(count, 'value')} more than once, such as {shown}"]


def _wrong_count(check: RowCount, staged: StagedRows, source_rows: int) -> list[str]:
    there = f"row_count: there are {staged.rows} rows"
    if check.as_source:
        return [f"{there}, and {source_rows} were read"] if staged.rows != source_rows else []
    if check.min is not None and staged.rows < check.min:
        return [f"{there}, fewer than {check.min}"]
    return [f"{there}, more than {check.max}"] if check.max is not None and staged.rows > check.max else []


def _stale(check: Fresh, staged: StagedRows) -> list[str]:
    # Read as text, because drivers give times in types and zones of their own. The session's zone is UTC.
    ((now,),) = staged.run("SELECT cast(current_timestamp AS varchar(40))")
    moment = datetime.fromisoformat(str(now))
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    limit = (moment - timedelta(hours=check.within_hours)).isoformat(sep=" ", timespec="microseconds")
    column = staged.quoted(check.column)
    # Both engines read the text as the column's type: a type without a zone drops the +00:00, a date also the time.
    ((young,),) = staged.run(f"SELECT count(*) FROM {staged.table} WHERE {column} >= {staged.literal(limit)}")
    if int(str(young)):
        return []
    ((newest,),) = staged.run(f"SELECT cast(max({column}) AS varchar(40)) FROM {staged.table}")
    if newest is None:
        return [f"{_name(check)}: there is no value"]
    return [f"{_name(check)}: the newest value is {newest}, older than {check.within_hours} hours"]


def _returned(check: SqlCheck, staged: StagedRows) -> list[str]:
    rows = staged.quoted("rows")
    # The line end closes a comment at the statement's end.
    begin = f"WITH {rows} AS (SELECT * FROM {staged.table})"
    failing = f"FROM ({check.sql}\n) AS failing"
    ((count,),) = staged.run(f"{begin} SELECT count(*) {failing}")
    if not int(str(count)):
        return []
    found = staged.run(f"{begin} SELECT * {failing} LIMIT {_SHOWN}")
    shown = "; ".join(f"({', '.join(map(_shown, row[:_WIDTH]))})" for row in found)
    return [f"{_name(check)}: {_counted(count, 'row')}, such as {shown}"]


def _columns(check: Check) -> tuple[str, ...]:
    match check:
        case NotNull() | Unique():
            return check.columns
        case Between() | Fresh():
            return (check.column,)
        case _:
            return ()


def _name(check: Check) -> str:
    match check:
        case NotNull():
            return f"not_null of {_named(check.columns)}"
        case Unique():
            return f"unique of {_named(check.columns)}"
        case RowCount():
            return "row_count"
        case Between():
            ends = [f"{end} {bound}" for end, bound in (("min", check.min), ("max", check.max)) if bound is not None]
            return f"between of {check.column!r} ({', '.join(ends)})"
        case Fresh():
            return f"fresh of {check.column!r}"
        case SqlCheck():
            return f"sql {_cut(' '.join(check.sql.split()), 2 * _LONGEST)!r}"


def _value(bound: int | float | str, staged: StagedRows) -> str:
    return staged.literal(bound) if isinstance(bound, str) else repr(bound)


def _named(columns: Sequence[str]) -> str:
    return ", ".join(map(repr, columns))


def _counted(count: object, what: str) -> str:
    return f"{count} {what}{'' if str(count) == '1' else 's'}"


def _row(columns: Sequence[str], values: Sequence[object]) -> str:
    # zip ends with the columns: a count may come after them.
    return ", ".join(f"{column}={_shown(value)}" for column, value in zip(columns, values, strict=False))


def _shown(value: object) -> str:
    return "NULL" if value is None else _cut(str(value), _LONGEST)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
