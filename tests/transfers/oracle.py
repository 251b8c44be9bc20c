"""A model of a target after a transfer, in plain Python, which shares no code with the application.

Types are written as the place writes them: Iceberg's (`decimal(10, 2)`, `list<int>`), or PostgreSQL's `format_type`.
The columns of sources have Iceberg's. Of what PostgreSQL makes of a text, the model knows the few texts in `TAKEN`.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .exact_values import fitting, shown, taken

_CHECKS: dict[str, dict[str, int]] = {"source": {}, "SELECT count(*) AS n FROM rows HAVING count(*) > 3": {"max": 3}}
"""The number of rows that checks in other words allow."""
AUTO = object()
"""A value that the database makes."""


@dataclass(frozen=True)
class Column:
    """A column of a target."""

    name: str
    type: str
    required: bool = False
    default: Any = None
    identity: str = ""
    """`a`: GENERATED ALWAYS AS IDENTITY, `d`: BY DEFAULT."""
    positive: bool = False
    """The database refuses numbers that are not above 0."""
    domain: str = ""
    """The name of the domain that `type` is of."""

    @property
    def automatic(self) -> bool:
        """True if a row needs no value for it."""
        return not self.required or self.default is not None or self.identity != ""


@dataclass(frozen=True)
class Table:
    """A target: its columns, its rows by name, and the columns of its primary key."""

    columns: tuple[Column, ...]
    rows: tuple[dict[str, Any], ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A table that is read."""

    columns: dict[str, str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Run:
    """A transfer."""

    source: Source
    mode: str
    key: tuple[str, ...]
    schema_changes: str
    delete_missing: bool
    checks: list[dict[str, Any]]


Reason = tuple[str, ...]
"""Parts of the sentence that refuses a transfer."""


@dataclass
class Expected:
    """The expected outcome of a transfer: the table afterwards, or a refusal for one of the reasons."""

    after: Table | None = None
    refused: list[Reason] = field(default_factory=list)
    perhaps: list[Reason] = field(default_factory=list)
    """Reasons for which it may be refused as well."""


@dataclass
class _Plan:
    given: dict[str, str] = field(default_factory=dict)
    """The target's columns that the source fills, and the source's names for them."""
    added: list[Column] = field(default_factory=list)
    wider: dict[str, str] = field(default_factory=dict)
    absent: list[Column] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[Reason] = field(default_factory=list)


def expected(place: str, before: Table | None, run: Run) -> Expected:
    """Returns the expected outcome of a transfer to the target `before` (None: missing) in the `lake` or `database`."""
    planned = _plan(place, before, run)
    if planned.refused:
        return Expected(refused=planned.refused)
    if missing := [name for name in run.key if name not in run.source.columns]:
        return Expected(refused=[(name,) for name in missing])
    columns = tuple(
        replace(column, type=planned.wider.get(column.name, column.type))
        for column in (before.columns if before else ())
    )
    table = Table((*columns, *planned.added), before.rows if before else (), before.key if before else ())
    reasons = list(_failed_checks(place, table, planned, run))
    certain = [reason for reason, surely in reasons if surely]
    result = Expected(refused=certain, perhaps=[reason for reason, surely in reasons if not surely])
    rows = _staged(table, planned, run, result)
    if run.mode == "merge":
        rows = _merged(place, table, planned, run, rows, result)
    elif run.mode == "append":
        rows = [*table.rows, *rows]
    _check_key(table, rows, result)
    if not result.refused:
        result.after = replace(table, rows=tuple({c.name: row.get(c.name) for c in table.columns} for row in rows))
    return result


def _plan(place: str, before: Table | None, run: Run) -> _Plan:
    planned = _Plan()
    if before is None:
        planned.added = [Column(name, fitting(place, None, kind)[1]) for name, kind in run.source.columns.items()]
        planned.given = {name: name for name in run.source.columns}
        return planned
    folded = str.lower if place == "lake" else str
    there = {folded(column.name): column for column in before.columns}
    for name, kind in run.source.columns.items():
        column = there.get(folded(name))
        if column is None:
            if run.schema_changes == "ignore":
                planned.ignored.append(name)
            else:
                planned.added.append(Column(name, fitting(place, None, kind)[1]))
                planned.given[name] = name
            continue
        planned.given[column.name] = name
        held, wider = fitting(place, column.type, kind)
        if wider is None and not held:
            planned.refused.append((column.name, "change values"))
        elif not held:
            planned.wider[column.name] = wider or ""
            if run.schema_changes != "evolve" or column.domain:
                planned.refused.append((column.name,))
    planned.absent = [column for column in before.columns if column.name not in planned.given]
    if run.schema_changes == "fail":
        planned.refused += [(column.name,) for column in (*planned.added, *planned.absent)]
    new = {*(column.name for column in planned.added), *planned.ignored}
    planned.refused += [(name, "of the key") for name in run.key if name in new]
    if place == "lake" or run.mode != "merge":
        planned.refused += [(column.name, "no column") for column in planned.absent if not column.automatic]
    return planned


def _failed_checks(place: str, table: Table, planned: _Plan, run: Run) -> Iterator[tuple[Reason, bool]]:
    """Reasons, and whether they are certain: what is written may have the target's names instead of the source's."""
    names = list(run.source.columns)
    for check in run.checks:
        ((kind, value),) = check.items()
        reason = ("Checks have stopped", kind)
        if kind in ("not_null", "unique"):
            (name,) = value
            if name in planned.ignored or (place == "lake" and planned.given.get(name) != name):
                yield ("the rows have no", name), False
            values = [shown(run.source.columns[name], row[names.index(name)]) for row in run.source.rows]
            if place == "lake" and any(
                one.type == "uuid" and planned.given.get(one.name) == name for one in table.columns
            ):
                values = [one.lower() if one else one for one in values]
            bad = None in values if kind == "not_null" else len(set(map(json.dumps, values))) < len(values)
        else:
            count = len(run.source.rows)
            limits = _CHECKS[value] if isinstance(value, str) else value
            bad = not limits.get("min", 0) <= count <= limits.get("max", count)
        if bad:
            yield reason, True


def _staged(table: Table, planned: _Plan, run: Run, result: Expected) -> list[dict[str, Any]]:
    """The source's rows with the target's names and values."""
    columns = {column.name: column for column in table.columns}
    names = list(run.source.columns)
    rows = []
    for source in run.source.rows:
        row = {}
        for name, given in planned.given.items():
            column, value = columns[name], source[names.index(given)]
            fits, row[name] = taken(column.type, value)
            if not fits or (value is None and column.required):
                result.refused.append((name,))
            elif column.positive and value is not None and value <= 0:
                result.refused.append(("violates check constraint",))
        rows.append(row)
    if run.mode != "merge":
        return [{**_made(planned.absent), **row} for row in rows]
    key = [name for name, given in planned.given.items() if given in run.key]
    texts = [[shown(run.source.columns[name], row[names.index(name)]) for name in run.key] for row in run.source.rows]
    staged = [_of(columns, key, row) for row in rows]
    # Two texts may be one uuid.
    if len(set(map(json.dumps, texts))) < len(texts) or len(set(staged)) < len(staged):
        result.refused.append(("several rows of one key",))
    return rows


def _merged(
    place: str, table: Table, planned: _Plan, run: Run, rows: list[dict[str, Any]], result: Expected
) -> list[dict[str, Any]]:
    columns = {column.name: column for column in table.columns}
    key = [name for name, given in planned.given.items() if given in run.key]
    updated = [columns[name] for name in planned.given if name not in key]
    result.refused += [(one.name, "can only be updated to DEFAULT") for one in updated if one.identity == "a"]
    if {one.name for one in updated} & set(table.key):
        result.perhaps.append(("violates unique constraint",))  # PostgreSQL looks at it after each row of an UPDATE
    there: dict[str, list[dict[str, Any]]] = {}
    for row in table.rows:
        there.setdefault(_of(columns, key, row), []).append(row)
    given = {_of(columns, key, row): row for row in rows}
    if any(len(there.get(one, [])) > 1 for one in given):
        result.refused.append(("several rows of one key",))
    kept = [(one, row) for one, same in there.items() for row in same if one in given or not run.delete_missing]
    after = [
        {**row, **{name: value for name, value in given.get(one, {}).items() if name not in key}} for one, row in kept
    ]
    for one, row in given.items():
        if one not in there:
            result.refused += [(column.name,) for column in planned.absent if not column.automatic]
            after.append({**_made(planned.absent), **row})
    return after


def _check_key(table: Table, rows: list[dict[str, Any]], result: Expected) -> None:
    columns = {column.name: column for column in table.columns}
    keys = [_of(columns, list(table.key), row) for row in rows if table.key]
    if len(set(keys)) < len(keys):
        result.refused.append(("violates unique constraint",))


_numbers = itertools.count()


def _made(absent: list[Column]) -> dict[str, Any]:
    return {column.name: AUTO if column.identity else column.default for column in absent}


def _of(columns: dict[str, Column], key: list[str], row: dict[str, Any]) -> str:
    """A row's key, to be compared."""
    values = [row.get(name) for name in key]
    return json.dumps(
        [
            f"auto {next(_numbers)}" if value is AUTO else [shown(columns[name].type, value)]
            for name, value in zip(key, values, strict=True)
        ]
    )
