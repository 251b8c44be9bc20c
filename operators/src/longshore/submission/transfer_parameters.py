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
from longshore.grammar.sql_text import one_statement
from longshore.grammar.table_names import lake_parts, lake_target, written
from longshore.submission.databases import database_parts, database_statement, database_target
from longshore.submission.engines import check_engine
from longshore.submission.many_tables import NOT_GIVEN, tables_parameter
from longshore.submission.parameters import Number, check_mapping, whole_number
from longshore.submission.writing_parameters import writing_parameters


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
    tables: str | Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    engine: str | None = None,
    **writing: Any,
) -> dict[str, str]:
    """Returns the parameters of the template `jdbc-to-spark`. Raises InvalidArgumentError, as all functions here.

    Args:
        writing: the arguments that all transfers share: `schema_changes`, `delete_missing`, `checks`, `lock_timeout`.
    """
    places = _given(connection_id=_connection(connection_id))
    if tables is None:
        places |= _given(
            source=_source(table=table, query=query, query_argument="query", place=_DATABASE),
            target=_lake_table(target),
        )
    else:
        of_one = {"table": table, "query": query, "columns": columns, "checks": writing.get("checks")}
        names = tables_parameter(tables, target, **of_one, partition_column=_split(partition_column))
        places |= _given(source=NOT_GIVEN, tables=names, target=target)
        table = NOT_GIVEN  # whole tables are read
    return _given(
        **places,
        **writing_parameters(mode, key, table=table, statement=_LAKE.statement, **writing),
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
        **writing_parameters(mode, key, table=table, statement=_LAKE.statement, **writing),
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
        **writing_parameters(mode, key, table=table, statement=_DATABASE.statement, **writing),
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


def _split(column: str | None) -> str | None:
    """Returns the column that a table is split by; None: each table is split as it can be."""
    return None if column == "auto" else column


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
