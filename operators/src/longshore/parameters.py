"""From an operator's arguments to template parameters: pure functions, called once the arguments are rendered.

Only what was given becomes a parameter; the rest is left to the template's defaults.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from longshore.exceptions import InvalidArgumentError

MODES = ("overwrite", "append", "merge")

Number = int | str
"""A whole number, or the text of one (templated arguments render to text)."""

_MEMORY = ("driver_memory", "executor_memory")
_COUNTS = ("executor_cores", "executor_instances")


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
) -> dict[str, str]:
    """The parameters of the template `jdbc-to-spark`. Raises InvalidArgumentError, as all functions here."""
    return _given(
        connection_id=_connection(connection_id),
        source=_source(table=table, query=query, query_argument="query"),
        target=_lake_table(target),
        **_write(mode, key),
        partition_column=_text("partition_column", partition_column),
        partitions=_count("partitions", partitions),
        fetch_size=_count("fetch_size", fetch_size),
    )


def spark_to_spark(
    *, table: str | None, sql: str | None, target: str, mode: str | None, key: str | Sequence[str] | None
) -> dict[str, str]:
    """The parameters of the template `spark-to-spark`."""
    return _given(
        source=_source(table=table, query=sql, query_argument="sql"),
        target=_lake_table(target),
        **_write(mode, key),
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
) -> dict[str, str]:
    """The parameters of the template `spark-to-jdbc`."""
    return _given(
        source=_source(table=table, query=sql, query_argument="sql"),
        connection_id=_connection(connection_id),
        target=_jdbc_table(target),
        **_write(mode, key),
        partitions=_count("partitions", partitions),
        batch_size=_count("batch_size", batch_size),
    )


def resource_parameters(resources: Mapping[str, Any] | None) -> dict[str, str]:
    """`driver_memory`, `executor_memory` (as Spark writes them: `2g`), `executor_cores`, `executor_instances`."""
    parameters: dict[str, str] = {}
    check_mapping("spark_resources", resources or {})
    for name, value in (resources or {}).items():
        if name in _COUNTS:
            parameters[name] = _count(f"spark_resources[{name!r}]", value) or ""
        elif name in _MEMORY:
            if not re.fullmatch(r"[1-9]\d*[kmgt]b?", str(value), re.IGNORECASE):
                raise InvalidArgumentError(
                    f"spark_resources[{name!r}] is {value!r}: give a whole number with its unit, "
                    "such as '2g' or '512m'."
                )
            parameters[name] = str(value)
        else:
            known = ", ".join(_MEMORY + _COUNTS)
            raise InvalidArgumentError(f"spark_resources has no key {name!r}: it knows {known}.")
    return parameters


def merged(*groups: Mapping[str, Any]) -> dict[str, str]:
    """All parameters of `groups` as texts.

    Raises:
        InvalidArgumentError: two groups give the same parameter, or a value is empty, missing or not a scalar.
    """
    result: dict[str, str] = {}
    for group in groups:
        check_mapping("job_template_parameters", group)
        for name, value in group.items():
            if name in result:
                raise InvalidArgumentError(
                    f"The template parameter {name!r} is given twice: by an argument of the operator and by "
                    "job_template_parameters or spark_resources. Leave one of them out."
                )
            result[name] = _scalar(name, value)
    return result


def check_mapping(argument: str, value: object) -> None:
    """Raises InvalidArgumentError where a template has made a text of what has to be a mapping."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(
            f"{argument} is {value!r}: give a mapping. (Where a template makes it, the DAG needs "
            "render_template_as_native_obj=True.)"
        )


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float) and str(value).strip():
        return str(value)
    raise InvalidArgumentError(
        f"The template parameter {name!r} is {value!r}: give a text that is not empty, or a number. "
        "Leave the parameter out to get the template's default."
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


def _source(*, table: str | None, query: str | None, query_argument: str) -> str:
    if (table is None) == (query is None):
        raise InvalidArgumentError(f"Give either table or {query_argument}: one of them, not both.")
    if query is None:
        name = str(table or "").strip()
        if not name or name[0] in "(@":
            raise InvalidArgumentError(
                f"table is {table!r}: give a table's name, or a SELECT statement as {query_argument}."
            )
        return name
    statement = _without_end(str(query))
    if not statement:
        raise InvalidArgumentError(f"{query_argument} is empty: give a SELECT statement.")
    # A comment at the end would swallow the bracket.
    end = "\n" if "--" in statement.rsplit("\n", 1)[-1] else ""
    return f"({statement}{end})"


def _without_end(query: str) -> str:
    """The statement without what may stand after it in a file: semicolons, and lines that are comments."""
    statement = query.strip()
    while True:
        before, _, line = statement.rpartition("\n")
        if line.lstrip().startswith("--"):
            statement = before.rstrip()
        elif statement.endswith(";"):
            statement = statement[:-1].rstrip()
        elif match := re.search(r";[ \t]*--[^'\"\n]*$", statement):
            statement = statement[: match.start()].rstrip()
        else:
            return statement


def _lake_table(target: str) -> str:
    if not re.fullmatch(r"lake\.\w+\.\w+", str(target or "")):
        raise InvalidArgumentError(f"target is {target!r}: give a table of the lake as 'lake.<namespace>.<table>'.")
    return target


def _jdbc_table(target: str) -> str:
    if not re.fullmatch(r"\w+\.\w+", str(target or "")):
        raise InvalidArgumentError(f"target is {target!r}: give a table of the database as '<schema>.<table>'.")
    return target


def _write(mode: str | None, key: str | Sequence[str] | None) -> dict[str, str | None]:
    if mode is not None and mode not in MODES:
        raise InvalidArgumentError(f"mode is {mode!r}: give one of {', '.join(MODES)}.")
    columns = [key] if isinstance(key, str) else list(key or [])
    if key is not None and not all(isinstance(column, str) and column.strip() for column in columns or [""]):
        raise InvalidArgumentError(f"key is {key!r}: give the name of a column, or a list of names.")
    if mode == "merge" and not columns:
        raise InvalidArgumentError("mode is 'merge' without a key: name the columns that identify a row as key.")
    if columns and mode != "merge":
        raise InvalidArgumentError(f"key is given, but mode is {mode!r}: only mode 'merge' uses a key.")
    return {"mode": mode, "key": ",".join(columns) or None}


def _count(argument: str, value: Number | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d*", str(value).strip()):
        raise InvalidArgumentError(f"{argument} is {value!r}: give a whole number from 1.")
    return str(value).strip()
