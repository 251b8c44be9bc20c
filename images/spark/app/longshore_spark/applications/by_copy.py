"""The engine without a Spark session: a database's rows go by COPY into files of the lake.

spark-submit has started a JVM already, with the image's catalog and the database's driver. All that a transfer promises
(the lock, one state of the source, one commit, the rules of columns) is done by the same code in both engines.
"""

import time

from longshore_spark.applications.moved import Moved, named
from longshore_spark.command_line.source import StoredText, parse_text
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.tables import Lake, lake_without_session
from longshore_spark.lake.writing.copying import copy_rows
from longshore_spark.lake.writing.open_target import open_target
from longshore_spark.outcome.datasets import Datasets
from longshore_spark.spark.launcher import launcher_jvm


class CopyEngine:
    """The engine with its lake, which its first transfer opens and all of this process use."""

    def __init__(self, catalog: JdbcConnection) -> None:
        self._catalog = catalog
        self._lake: Lake | None = None

    def move(self, transfer: Transfer, origin: JdbcConnection) -> Moved:
        """Does the transfer from the database `origin` to the lake.

        Raises:
            EngineError: only Spark can do it. Nothing was read or written.
            TransferError: it cannot be done; source and target are as they were.
        """
        if self._lake is None:
            self._lake = lake_without_session(launcher_jvm(), self._catalog)
        return _moved(self._lake, transfer, self._catalog, origin)

    def close(self) -> None:
        """Closes the connections to the lake's catalog; the next transfer opens them again."""
        if self._lake is not None:
            self._lake.tables.close()
            self._lake = None


def _moved(lake: Lake, transfer: Transfer, catalog: JdbcConnection, origin: JdbcConnection) -> Moved:
    ready, dialect, text = time.monotonic(), DIALECTS[origin.conn_type], transfer.source
    if isinstance(text, StoredText):
        text = parse_text(str(lake.tables.text(text.uri)), dialect.grammar)
    with open_target(lake, catalog, transfer) as target:
        if (earlier := target.committed) is not None:
            outputs = named(lambda: [target.dataset()])
            return Moved(ready=ready, earlier=earlier, datasets=Datasets(inputs=[], outputs=outputs))
        with dialect.copy(lake.jvm, origin, transfer, text) as source:
            rows_read, sink = copy_rows(lake, target, source)
            return Moved(
                ready=ready,
                source=source.name,
                rows_read=rows_read,
                sink=sink,
                partitions=source.partitions,
                filtered=source.filtered,
                datasets=Datasets(inputs=source.datasets, outputs=named(lambda: [target.dataset()])),
            )
