"""The table in which rows wait until they are brought into the target, all at once."""

import uuid
from contextlib import suppress
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.names import staging_name
from longshore_spark.databases.postgres.quoting import NAMES, literal, qualified, quoted
from longshore_spark.databases.postgres.sessions.create_missing import create_missing
from longshore_spark.databases.postgres.writing.write_expressions import Writing
from longshore_spark.exceptions import SinkError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.sessions import driver_properties
from longshore_spark.spark.java_errors import sql_state

_FORMAT = "dev.longshore.copy.StagingTable$Format"
_SOON = "SET LOCAL lock_timeout = '5s'"
_MARK = "Longshore: rows on their way to "
LEFTOVERS = f"""
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname LIKE '\\_longshore\\_%'
  AND pg_catalog.starts_with(pg_catalog.obj_description(c.oid, 'pg_class'), '{_MARK}')
"""
"""Staging tables of the database, quoted, and their comments."""


def comment(target: str, job_run: str | None) -> str:
    """Returns a staging table's comment, which names its target and job run."""
    return f"{_MARK}{qualified(target)}, job run {job_run or '-'}"


def target_of(text: str) -> str:
    """Returns the target in a staging table's comment, quoted."""
    return text.removeprefix(_MARK).rsplit(", job run ", 1)[0]


def staging_schema(transfer: Transfer) -> str:
    """Returns the schema of staging tables, as PostgreSQL has it."""
    if transfer.staging_schema:
        return NAMES.parts(transfer.staging_schema)[0]
    return NAMES.target(transfer.target)[0]


def ensure_schema(jdbc: Jdbc, schema: str) -> None:
    """Creates the schema if it is missing."""
    if not jdbc.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", schema):
        create_missing(lambda: jdbc.execute([f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"]))


def drop_leftovers(jdbc: Jdbc, target: str) -> None:
    """Drops what earlier transfers to this target have left; the caller has the lock, so no transfer needs it."""
    for table, text in jdbc.query(LEFTOVERS):
        if target_of(text) == qualified(target):
            with suppress(Exception):  # another role's table; `longshore transfers clean` lists what is left
                jdbc.execute(drop_statements(table))


def drop_statements(table: str) -> list[str]:
    """Returns the statements that drop a staging table, quoted, if it exists; they do not wait long for a lock."""
    return [_SOON, f"DROP TABLE IF EXISTS {table}"]


class Staging:
    """A staging table of this transfer."""

    def __init__(self, jdbc: Jdbc, connection: JdbcConnection, transfer: Transfer, schema: str) -> None:
        self._jdbc, self._connection, self._transfer, self._schema = jdbc, connection, transfer, schema
        self.name = f"{quoted(schema)}.{quoted(staging_name(NAMES.target(transfer.target)[1], uuid.uuid4().hex))}"

    def create(self, writings: dict[str, Writing], *, job_run: str | None, to_stay: bool) -> None:
        """Makes the table.

        Args:
            to_stay: it becomes the target itself. Any other needs no log: a crash also ends the session that reads it.

        Raises:
            SinkError: the role may not.
        """
        columns = ", ".join(f"{quoted(name)} {one.type}" for name, one in writings.items())
        unlogged = "" if to_stay else "UNLOGGED "
        try:
            self._jdbc.execute(
                [
                    f"CREATE {unlogged}TABLE {self.name} ({columns})",
                    f"COMMENT ON TABLE {self.name} IS {literal(comment(self._transfer.target, job_run))}",
                ]
            )
        except Py4JJavaError as error:
            if sql_state(error) != "42501":
                raise
            raise SinkError(
                f"The role {self._connection.user!r} (connection {self._connection.id!r}) may not create tables in "
                f"the schema {self._schema!r}, where rows for {self._transfer.target!r} have to wait; name a schema "
                "where it may (staging_schema)."
            ) from None

    def fill(self, rows: DataFrame, writings: dict[str, Writing]) -> int:
        """Sends the rows by binary COPY, in parallel, each partition in a transaction. Returns how many were sent."""
        spark: Any = rows.sparkSession
        spark.sparkContext.setJobDescription(f"write {self._transfer.target}")
        values = rows.select([F.expr(one.value).alias(name) for name, one in writings.items()])
        statement = f"COPY {self.name} ({', '.join(map(quoted, writings))}) FROM STDIN (FORMAT binary)"
        properties = driver_properties(spark._jvm, self._connection)
        table = spark._jvm.dev.longshore.copy.StagingTable.open(
            self.name, self._connection.url, properties, statement, self._transfer.batch_size
        )
        try:
            writer = values.coalesce(self._transfer.partitions).write.format(_FORMAT)
            writer.option("handle", table.handle()).mode("append").save()
            return int(table.rows())
        finally:
            table.close()

    def drop(self) -> None:
        """Drops the table, if it still exists; if that fails, the next transfer to the target drops it."""
        with suppress(Exception):
            self._jdbc.execute(drop_statements(self.name))
