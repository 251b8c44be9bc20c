"""A table of the lake that is locked for one transfer: what both engines do with it in the same way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.sessions.target_session import TargetSession
from longshore_spark.exceptions import SinkError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.lock import lake_lock
from longshore_spark.lake.tables import Lake
from longshore_spark.lake.writing.table import LakeTable, Staged
from longshore_spark.outcome.commits import PROPERTY, Commit, CommitKey, cannot_repeat, commit_key, commit_now
from longshore_spark.outcome.datasets import Dataset
from longshore_spark.outcome.job_run import job_run_id
from longshore_spark.outcome.progress import progress
from longshore_spark.outcome.results import Side


@dataclass(frozen=True)
class OpenTarget:
    """A table of the lake that no other transfer writes to."""

    transfer: Transfer
    session: TargetSession
    table: LakeTable
    key: CommitKey | None
    """None where the mode does not need it: repeating an overwrite or a merge changes nothing."""
    catalog: JdbcConnection

    def dataset(self) -> Dataset:
        """Returns the table by its OpenLineage name."""
        return self.table.refreshed().dataset(self.catalog)

    @property
    def committed(self) -> Commit | None:
        """The commit by which this task has already written its rows; None if it has not."""
        found = self.table.commit_of(self.key) if self.key else None
        return found if found and self.key and found.generation == self.key.generation else None

    def replaced(self) -> int | None:
        """Returns the snapshot that this task appended before and must replace; None if there is none."""
        earlier = self.table.commit_of(self.key) if self.key else None
        if earlier is None or self.key is None or self.transfer.mode == "overwrite":
            return None
        snapshot, left = self.table.rows_of(CommitKey(self.key.instance, earlier.generation))
        if left != "all":
            why = "cannot be told from others any more, since their files were rewritten or their snapshot has expired"
            way_out = f"unset the table's property '{PROPERTY}{self.key.instance}'"
            raise SinkError(cannot_repeat(self.transfer.target, earlier, why, way_out))
        return snapshot

    def publish(self, staged: Staged, *, overwrite: bool, replaced: int | None) -> Side:
        """Publishes what is staged, in one commit. Returns the table's side of the result.

        Args:
            replaced: see `replaced`.

        Raises:
            SinkError: the lock is lost, or another program has changed the table. Nothing was written.
        """
        self.session.check()
        commit = commit_now(self.key, job_run_id()) if self.key else None
        progress.commit_started(self.transfer.target)
        try:
            counts = staged.publish(
                overwrite=overwrite,
                replaced=replaced,
                key=self.key,
                commit=commit,
                now=datetime.now(UTC),
            )
        except SinkError:
            progress.commit_refused()
            raise
        rows = counts.get("added-records", 0)
        progress.written(self.transfer.target, rows)
        return Side(name=self.transfer.target, rows=rows, total_rows=counts.get("total-records", 0))


@contextmanager
def open_target(lake: Lake, catalog: JdbcConnection, transfer: Transfer) -> Iterator[OpenTarget]:
    """Opens the transfer's target in the lake, which no other transfer writes to until the block ends.

    Raises:
        SinkError: another transfer still writes to it, or it is a view.
    """
    table = LakeTable(lake, transfer.target)
    lock = lake_lock(
        Jdbc(lake.jvm, catalog), table.namespace, table.name, target=transfer.target, lock_timeout=transfer.lock_timeout
    )
    with lock as session:
        progress.nothing_written(transfer.target)
        # The table is read again, because others may have written to it while this transfer waited.
        table = table.refreshed()
        if table.is_view:
            raise SinkError(f"The target {transfer.target!r} is a view; name a table.")
        yield OpenTarget(transfer, session, table, _key(transfer), catalog)


def _key(transfer: Transfer) -> CommitKey | None:
    if transfer.mode == "append":
        return commit_key(transfer.commit_key, job_run_id())
    # One of many tables: a retry of them all overwrites only those that are missing.
    return commit_key(transfer.commit_key, None) if transfer.mode == "overwrite" else None
