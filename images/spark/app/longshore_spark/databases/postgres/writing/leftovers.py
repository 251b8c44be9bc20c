"""Staging tables that killed transfers have left in a database."""

from collections.abc import Iterator

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc, first_line
from longshore_spark.databases.postgres.quoting import NAMES
from longshore_spark.databases.postgres.sessions.target_session import lock_key, target_session
from longshore_spark.databases.postgres.writing.staging import LEFTOVERS, drop_statements, target_of
from longshore_spark.exceptions import SinkError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.sessions import Row
from longshore_spark.outcome.leftovers import Leftover

_IN_USE = "a transfer is writing to its target"


def staging_leftovers(spark: SparkSession, connection: JdbcConnection, *, dry_run: bool) -> Iterator[Leftover]:
    """Drops the staging tables of all targets that no transfer writes to now, whichever role's.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
    """
    jdbc = Jdbc(spark._jvm, connection)
    found = sorted(jdbc.query(LEFTOVERS))
    for target in dict.fromkeys(target_of(text) for _, text in found):
        of_target = [(table, text) for table, text in found if target_of(text) == target]
        try:
            schema, name = NAMES.target(target)
        except ValueError:
            yield from (_leftover(row, "its comment names no target; drop it yourself") for row in of_target)
            continue
        try:
            with target_session(jdbc, target, lock_key("database", schema, name), 0) as session:
                # Listed again, because a transfer that has just ended may have made its staging table the target.
                left = [row for row in session.query(LEFTOVERS) if target_of(row[1]) == target]
                yield from [_leftover(row, None if dry_run else _drop(jdbc, row[0])) for row in left]
        except SinkError:
            yield from (_leftover(row, _IN_USE) for row in of_target)


def _drop(jdbc: Jdbc, table: str) -> str | None:
    try:
        jdbc.execute(drop_statements(table))
    except Py4JJavaError as error:
        return f"it cannot be dropped: {first_line(error)}"
    return None


def _leftover(row: Row, kept: str | None) -> Leftover:
    return Leftover(str(row[0]), str(row[1]).removeprefix("Longshore: "), kept)
