"""Template parameters from the arguments of the transfer operators. Pure.

The functions are called once the arguments are rendered. Only what was given becomes a parameter; the template's
default stands for the rest.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.grammar.check_grammar import checks_of
from longshore.grammar.sql_text import one_statement
from longshore.grammar.table_names import lake_parts, lake_target, written
from longshore.submission.artifacts import VALUE_LENGTH
from longshore.submission.databases import database_parts, database_statement, database_target
from longshore.submission.engines import check_engine
from longshore.submission.parameters import Number, check_mapping, whole_number

MODES = ("overwrite", "append", "merge")
SCHEMA_CHANGES = ("evolve", "fail", "ignore")


@dataclass(frozen=True)
class _Place:
    """The grammar of the lake, or of databases. Its functions raise ValueError with the reason."""

    name_parts: Callable[[str], list[str]]
    statement: Callable[[str], str]


_LAKE = _Place(lake_parts, partial(one_statement, dialect="spark"))
_DATABASE = _Place(database_parts, database_statement)


def jdbc_to_spark(
    *,
    connection_id: str,
    table: str | None,
    query: str | None,
    target: str,
    mode: str | None,
    key: str | Sequence[str] | None,
    partition_column: str | None,
    partitions: Number | None,
    fetch_size: Number | None,
    columns: Mapping[str, str] | None = None,
    engine: str | None = None,
    **writing: Any,
) -> dict[str, str]:
    """Returns the parameters of the template `jdbc-to-spark`. Raises InvalidArgumentError, as all functions here.

    Args:
        writing: the arguments that all transfers share: `schema_changes`, `delete_missing`, `checks`, `lock_timeout`.
    """
    return _given(
        connection_id=_connection(connection_id),
        source=_source(table=table, query=query, query_argument="query", place=_DATABASE),
        target=_lake_table(target),
        **_write(mode, key, table=table, place=_LAKE, **writing),
        partition_column=_text("partition_column", partition_column),
        partitions=whole_number("partitions", partitions),
        fetch_size=whole_number("fetch_size", fetch_size),
        columns=_columns(columns),
        engine=check_engine(engine),
    )


def spark_to_spark(
    *,
    table: str | None,
    sql: str | None,
    target: str,
    mode: str | None,
    key: str | Sequence[str] | None,
    **writing: Any,
) -> dict[str, str]:
    """Returns the parameters of the template `spark-to-spark`."""
    return _given(
        source=_source(table=table, query=sql, query_argument="sql", place=_LAKE),
        target=_lake_table(target),
        **_write(mode, key, table=table, place=_LAKE, **writing),
    )


def spark_to_jdbc(
    *,
    table: str | None,
    sql: str | None,
    connection_id: str,
    target: str,
    mode: str | None,
    key: str | Sequence[str] | None,
    partitions: Number | None,
    batch_size: Number | None,
    staging_schema: str | None = None,
    **writing: Any,
) -> dict[str, str]:
    """Returns the parameters of the template `spark-to-jdbc`."""
    return _given(
        source=_source(table=table, query=sql, query_argument="sql", place=_LAKE),
        connection_id=_connection(connection_id),
        target=_jdbc_table(target),
        **_write(mode, key, table=table, place=_DATABASE, **writing),
        partitions=whole_number("partitions", partitions),
        batch_size=whole_number("batch_size", batch_size),
        staging_schema=_schema(staging_schema),
    )


def _given(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _text(argument: str, value: str | None) -> str | None:
    if value is not None and not str(value).strip():
        raise InvalidArgumentError(f"{argument} is empty: leave it out, or give it a value.")
    return value


def _connection(value: str) -> str:
    if not re.fullmatch(r"[\w.\-]+", str(value or "")):
        raise InvalidArgumentError(
            f"connection_id is {value!r}: give the id of a connection that the job can read "
            "(letters, digits, '_', '-' and '.')."
        )
    return value


def _source(*, table: str | None, query: str | None, query_argument: str, place: _Place) -> str:
    if (table is None) == (query is None):
        raise InvalidArgumentError(f"Give either table or {query_argument}: one of them, not both.")
    if query is None:
        name = str(table or "").strip()
        try:
            place.name_parts(name)
        except ValueError as error:
            raise InvalidArgumentError(
                f"table is {table!r}: give a table's name, or a SELECT statement as {query_argument}; {error}."
            ) from None
        return name
    try:
        return f"({place.statement(str(query))})"
    except ValueError as error:
        raise InvalidArgumentError(f"{query_argument} {error}.") from None


def _lake_table(target: str) -> str:
    try:
        return written("lake", *lake_target(str(target)))
    except ValueError as error:
        raise InvalidArgumentError(
            f"target is {target!r}: give a table of the lake as 'lake.<namespace>.<table>'; {error}."
        ) from None


def _jdbc_table(target: str) -> str:
    try:
        database_target(str(target))
    except ValueError as error:
        raise InvalidArgumentError(
            f"target is {target!r}: give a table of the database as '<schema>.<table>'; {error}."
        ) from None
    return target


def _schema(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        parts = database_parts(str(name))
        if len(parts) != 1:
            raise ValueError("it has a '.', and is one schema's name without the table's")
    except ValueError as error:
        raise InvalidArgumentError(
            f"staging_schema is {name!r}: give the name of a schema of the database; {error}."
        ) from None
    return str(name)


def _write(
    mode: str | None,
    key: str | Sequence[str] | None,
    *,
    table: str | None,
    place: _Place,
    schema_changes: str | None = None,
    delete_missing: bool | str | None = None,
    checks: Sequence[Mapping[str, Any]] | None = None,
    lock_timeout: Number | None = None,
) -> dict[str, str | None]:
    """Returns the parameters of writing; `place` is where rows are staged."""
    if mode is not None and mode not in MODES:
        raise InvalidArgumentError(f"mode is {mode!r}: give one of {', '.join(MODES)}.")
    columns = [key] if isinstance(key, str) else list(key or [])
    if key is not None and not all(isinstance(column, str) and column.strip() for column in columns or [""]):
        raise InvalidArgumentError(f"key is {key!r}: give the name of a column, or a list of names.")
    if mode == "merge" and not columns:
        raise InvalidArgumentError("mode is 'merge' without a key: name the columns that identify a row as key.")
    if columns and mode != "merge":
        raise InvalidArgumentError(f"key is given, but mode is {mode!r}: only mode 'merge' uses a key.")
    if schema_changes is not None and schema_changes not in SCHEMA_CHANGES:
        raise InvalidArgumentError(f"schema_changes is {schema_changes!r}: give one of {', '.join(SCHEMA_CHANGES)}.")
    return {
        "mode": mode,
        "key": _key(columns),
        "schema_changes": schema_changes,
        "delete_missing": _delete_missing(delete_missing, mode=mode, table=table),
        "checks": _checks(checks, place),
        "lock_timeout": whole_number("lock_timeout", lock_timeout, least=0),
    }


def _delete_missing(given: bool | str | None, *, mode: str | None, table: str | None) -> str | None:
    if given is None:
        return None
    text = str(given).strip().lower()
    if text not in ("true", "false"):
        raise InvalidArgumentError(f"delete_missing is {given!r}: give True or False.")
    if text == "true" and mode != "merge":
        raise InvalidArgumentError(f"delete_missing is given, but mode is {mode!r}: only mode 'merge' deletes rows.")
    if text == "true" and table is None:
        raise InvalidArgumentError(
            "delete_missing is given with SQL, which may leave out rows that are not missing: name a whole table as "
            "table, or leave delete_missing out."
        )
    return text


def _checks(checks: Sequence[Mapping[str, Any]] | None, place: _Place) -> str | None:
    if checks is None or checks == []:
        return None
    if isinstance(checks, str):
        raise InvalidArgumentError(
            f"checks is {checks!r}: give a list of mappings. (Where a template makes it, the DAG needs "
            "render_template_as_native_obj=True.)"
        )
    try:
        checks_of(checks, place.statement)
    except ValueError as error:
        raise InvalidArgumentError(f"{error}.") from None
    text = json.dumps([dict(check) for check in checks], ensure_ascii=False)
    if len(text) > VALUE_LENGTH:
        raise InvalidArgumentError(
            f"checks have {len(text)} characters as JSON, and a template parameter takes {VALUE_LENGTH}: give fewer, "
            "or put the SQL of a check into a view."
        )
    return text


def _key(columns: Sequence[str]) -> str | None:
    # Simple names are joined by commas, as templates have always taken them; others need JSON.
    simple = all(re.fullmatch(r"\w+", column) for column in columns)
    return (",".join(columns) if simple else json.dumps(list(columns), ensure_ascii=False)) or None


def _columns(columns: Mapping[str, str] | None) -> str | None:
    if not columns:
        return None
    check_mapping("columns", columns)
    for name, option in columns.items():
        if not isinstance(name, str) or not isinstance(option, str) or not option.strip():
            raise InvalidArgumentError(
                f"columns[{name!r}] is {option!r}: give a type, what may be lost, or both, such as "
                "'decimal(38,20), rounded'."
            )
    return json.dumps(dict(columns), ensure_ascii=False)
