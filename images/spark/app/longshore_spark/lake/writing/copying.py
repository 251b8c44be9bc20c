"""Writes to a table of the lake without Spark: a database's rows become files, and one commit publishes them."""

from typing import Any

from pyspark.sql import types as T  # noqa: N812  as everywhere with Spark

from longshore_spark.checking.columns_and_keys import check_names
from longshore_spark.checking.schema_rules import Plan, identity, plan
from longshore_spark.databases.postgres.sessions.create_missing import create_missing
from longshore_spark.exceptions import EngineError
from longshore_spark.interfaces.copy_source import CopySource
from longshore_spark.lake.tables import Lake
from longshore_spark.lake.writing.columns import NULL, changed_columns, check_absent, defaults, type_names
from longshore_spark.lake.writing.open_target import OpenTarget
from longshore_spark.lake.writing.table import LakeTable, Staged
from longshore_spark.outcome.results import Side
from longshore_spark.spark.names import folded
from longshore_spark.spark.types import parsed_type


def copy_rows(lake: Lake, opened: OpenTarget, source: CopySource) -> tuple[int, Side]:
    """Appends or overwrites, as the transfer's mode says.

    Returns:
        The number of rows read, and the table's side of the result.

    Raises:
        EngineError: the table can be written, but only by Spark. Nothing was written.
        SinkError: the columns do not fit the table's, or another program has changed the table. Nothing was written.
    """
    transfer, table = opened.transfer, opened.table
    replaced = opened.replaced()
    check_names(list(source.columns), f"The source of {transfer.target!r}")
    if reason := unlike(table):
        raise EngineError(reason)
    types = {name: column.type for name, column in source.columns.items()}
    planned = plan(types, type_names(table.columns), transfer, fold=folded) if table.exists else None
    if planned is not None:
        check_absent(planned, table.columns, transfer)
        if filled := [name for name in planned.absent if defaults(table.columns)[name] != NULL]:
            raise EngineError(f"the column {filled[0]!r} of {transfer.target!r} has a default in the table")
    given = T.StructType([T.StructField(name, parsed_type(kind)) for name, kind in types.items()])
    changed = changed_columns(given, planned)
    create_missing(lambda: lake.tables.createNamespace(table.namespace))
    staged = table.stage(changed)
    try:
        files = _files(lake, staged, source, planned or identity(list(types)))
        read = source.copy(files, str(opened.key) if opened.key else None)
        written = opened.publish(staged, overwrite=transfer.mode == "overwrite", replaced=replaced)
    finally:
        staged.close()
    return read, written


def unlike(table: LakeTable) -> str | None:
    """Returns why a table is not written without Spark; None if it is."""
    if not table.exists:
        return None
    if not table.plain_layout:
        return f"the table {table.target!r} has partitions or a sort order"
    if (form := table.properties.get("write.format.default", "parquet")) != "parquet":
        return f"the files of the table {table.target!r} are {form}"
    required = [name for name, (_, is_required) in table.kinds.items() if is_required]
    return f"the column {required[0]!r} of the table {table.target!r} may not be NULL" if required else None


def _files(lake: Lake, staged: Staged, source: CopySource, planned: Plan) -> Any:
    names = list(source.columns)
    kinds, fields = lake.jvm.java.util.ArrayList(), lake.jvm.java.util.ArrayList()
    for column in source.columns.values():
        kinds.add(column.kind)
    for field in staged.columns.fields:
        fields.add(names.index(planned.given[field.name]) if field.name in planned.given else -1)
    files = lake.jvm.dev.longshore.copy.CopiedFiles(staged.java, kinds, fields)
    if (column := files.impossible()) is not None:
        kind, of_lake = source.columns[planned.given[column]].kind, staged.kinds[column]
        raise EngineError(f"the column {column!r} is {kind} in the source and {of_lake} in the lake")
    return files
