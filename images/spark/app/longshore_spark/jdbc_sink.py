"""Writes to a table of a database: in parallel to a staging table, from there in one transaction.

Whoever reads the target sees the old rows until the commit and the new ones after it, never half of either.
"""

import uuid
from contextlib import suppress
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from longshore_spark.arguments import Transfer
from longshore_spark.connections import JdbcConnection
from longshore_spark.exceptions import SinkError
from longshore_spark.jdbc import Jdbc
from longshore_spark.lake_sink import check_key
from longshore_spark.races import create_missing
from longshore_spark.results import Side
from longshore_spark.sql import Column, qualified, quoted, swap_statements


def write_jdbc(
    spark: SparkSession, rows: DataFrame, connection: JdbcConnection, transfer: Transfer
) -> tuple[int, Side]:
    """Writes `rows` to the target as the mode says.

    Returns:
        How many rows Spark read and handed to the database, and what the database says of them.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SinkError: the target lacks columns of the source, or a key is missing or there twice.
    """
    jdbc = Jdbc(spark, connection)
    schema, name = transfer.target.split(".")
    staging = f"{schema}._longshore_{name[:30]}_{uuid.uuid4().hex[:8]}"
    if not jdbc.query("SELECT 1 FROM pg_namespace WHERE nspname = ?", schema):
        create_missing(lambda: jdbc.execute([f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"]))
    if transfer.mode == "merge":
        check_key(rows, transfer.key, transfer.target)
    try:
        read = _stage(spark, rows, connection, transfer, staging)
        target_columns = jdbc.columns(qualified(transfer.target))
        staged_columns = jdbc.columns(qualified(staging))
        _check_columns(transfer, target_columns, staged_columns)
        ((written,),) = jdbc.query(f"SELECT count(*) FROM {qualified(staging)}")
        jdbc.execute(
            swap_statements(
                mode=transfer.mode,
                target=transfer.target,
                staging=staging,
                target_columns=target_columns,
                staged_columns=staged_columns,
                key=transfer.key,
            )
        )
    finally:
        # The transfer's own error, if there is one, is the one to tell; a staging table left is found by its name.
        with suppress(Exception):
            jdbc.execute([f"DROP TABLE IF EXISTS {qualified(staging)}"])
    ((total,),) = jdbc.query(f"SELECT count(*) FROM {qualified(transfer.target)}")
    return read, Side(name=f"{connection.id}.{transfer.target}", rows=int(written), total_rows=int(total))


def _stage(spark: SparkSession, rows: DataFrame, connection: JdbcConnection, transfer: Transfer, staging: str) -> int:
    context: Any = spark.sparkContext
    context.setJobGroup(staging, f"write {transfer.target}")
    options = connection.properties | {"batchsize": str(transfer.batch_size), "numPartitions": str(transfer.partitions)}
    rows.write.jdbc(connection.url, qualified(staging), mode="errorifexists", properties=options)
    # An observation is not delivered for a JDBC write, but Spark's tasks count what they write.
    scala: Any = context._jsc.sc()
    scala.listenerBus().waitUntilEmpty()
    stages = [
        stage for job in context._jsc.statusTracker().getJobIdsForGroup(staging) for stage in _stages(context, job)
    ]
    return sum(scala.statusStore().lastStageAttempt(stage).outputRecords() for stage in stages)


def _stages(context: Any, job: int) -> list[int]:
    return list(context._jsc.statusTracker().getJobInfo(job).stageIds())


def _check_columns(transfer: Transfer, target_columns: list[Column], staged_columns: list[Column]) -> None:
    if not target_columns or transfer.mode == "overwrite":
        return
    known = {column.name for column in target_columns}
    missing = [column.name for column in staged_columns if column.name not in known]
    if missing:
        raise SinkError(
            f"The table {transfer.target!r} has no columns {', '.join(missing)}; add them, or use the mode 'overwrite'."
        )
