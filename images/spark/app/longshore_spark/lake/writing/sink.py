"""Writes to a table of the lake: one commit of Iceberg's, by one transfer at a time.

Only what the transfer asks for changes. Commits of other programs are kept, or the transfer fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark
from pyspark.sql import types as T  # noqa: N812

from longshore_spark.checking.columns_and_keys import check_key, check_names
from longshore_spark.checking.row_checks import StagedRows
from longshore_spark.checking.schema_rules import Plan, identity, plan
from longshore_spark.checking.staged_rows import run_checks
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.sessions.create_missing import create_missing
from longshore_spark.databases.postgres.sessions.target_session import TargetSession
from longshore_spark.exceptions import SinkError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows
from longshore_spark.lake.lock import lake_lock
from longshore_spark.lake.writing.column_values import fitted
from longshore_spark.lake.writing.columns import arranged, changed_columns, check_absent, defaults, type_names
from longshore_spark.lake.writing.merging import check_target_key, completed, merge_statement
from longshore_spark.lake.writing.table import CHECKED_FORMATS, LakeTable, Staged
from longshore_spark.outcome.commits import PROPERTY, Commit, CommitKey, cannot_repeat, commit_key, commit_now
from longshore_spark.outcome.datasets import Dataset
from longshore_spark.outcome.job_run import job_run_id
from longshore_spark.outcome.progress import progress
from longshore_spark.outcome.results import Side
from longshore_spark.spark.names import folded, spark_literal, spark_quoted

_ROWS = "longshore_rows"
"""The view of the rows that are written, for checks and the merge."""


@dataclass(frozen=True)
class LakeTarget:
    """A table of the lake that no other transfer writes to."""

    spark: SparkSession
    transfer: Transfer
    session: TargetSession
    table: LakeTable
    key: CommitKey | None
    """Set for an append only: repeating any other mode changes nothing."""
    catalog: JdbcConnection

    def dataset(self) -> Dataset:
        """Returns the table by its OpenLineage name."""
        return self.table.refreshed().dataset(self.catalog)

    @property
    def committed(self) -> Commit | None:
        """The commit by which this task has already appended its rows; None if it has not."""
        found = self.table.commit_of(self.key) if self.key else None
        return found if found and self.key and found.generation == self.key.generation else None

    def write(self, source: SourceRows) -> tuple[int, Side]:
        """Writes the rows as the mode says.

        Returns:
            The number of rows read, and the table's side of the result.

        Raises:
            SinkError: the columns do not fit the table's, a key is missing or there twice, a check fails, or another
                program has changed the table. Nothing was written.
        """
        replaced = self._replaced()
        rows, columns = source.rows, self.table.columns
        check_names(rows.columns, f"The source of {self.transfer.target!r}")
        planned = (
            plan(dict(rows.dtypes), type_names(columns), self.transfer, fold=folded) if self.table.exists else None
        )
        if planned is not None:
            check_absent(planned, columns, self.transfer)
            rows = fitted(rows, planned, self.table.kinds, self.transfer.target)
            source = replace(source, rows=rows)
        namespace = spark_quoted(self.table.namespace)
        create_missing(lambda: self.spark.sql(f"CREATE NAMESPACE IF NOT EXISTS lake.{namespace}"))
        if self.transfer.mode == "merge":
            return self._merge(source, planned)
        overwrite = self.transfer.mode == "overwrite"
        return self._publish(source, planned, changed_columns(rows, planned), overwrite=overwrite, replaced=replaced)

    def _publish(
        self,
        source: SourceRows,
        planned: Plan | None,
        changed: T.StructType | None,
        *,
        overwrite: bool,
        replaced: int | None = None,
        checked: bool = False,
    ) -> tuple[int, Side]:
        staged = self.table.stage(changed)
        try:
            if self.transfer.checks and not checked and staged.file_format not in CHECKED_FORMATS:
                raise SinkError(
                    f"The table {self.transfer.target!r} has files of the format {staged.file_format!r} "
                    "(write.format.default), which checks cannot read before readers do; leave the checks out, or "
                    f"use {' or '.join(CHECKED_FORMATS)}."
                )
            self._stage(staged, arranged(source.rows, planned, staged.columns))
            # Counted in the files: Spark may read rows twice, as it does to sort them by a table's sort order.
            read = staged.rows
            if self.transfer.checks and not checked:
                self._check(self._staged_rows(staged), source, read)
            written = self._committed(staged, overwrite=overwrite, replaced=replaced)
        finally:
            staged.close()
        return read, written

    def _stage(self, staged: Staged, rows: DataFrame) -> None:
        writer = rows.writeTo(".".join(map(spark_quoted, staged.handle)))
        if self.key is not None:
            writer = writer.option("snapshot-property.longshore.commit", str(self.key))
        writer.append()

    def _staged_rows(self, staged: Staged) -> DataFrame:
        files = staged.files
        if not files:
            return self.spark.createDataFrame([], staged.columns)
        stored = self.spark.read.schema(staged.stored_columns).format(staged.file_format).load(files)
        return stored.select(
            [
                F.col(spark_quoted(inside.name)).cast(column.dataType).alias(column.name)
                for inside, column in zip(staged.stored_columns.fields, staged.columns.fields, strict=True)
            ]
        )

    def _committed(self, staged: Staged, *, overwrite: bool, replaced: int | None) -> Side:
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

    def _merge(self, source: SourceRows, planned: Plan | None) -> tuple[int, Side]:
        # Persisted, because the counted, checked and merged rows must be the same even if the source changes.
        kept = source.rows.persist()
        try:
            read = kept.count()
            check_key(kept, self.transfer.key, self.transfer.target)
            if planned is None:
                _, written = self._publish(
                    replace(source, rows=kept), None, changed_columns(kept, None), overwrite=False
                )
                return read, written
            if self.transfer.checks:
                self._check(kept, source, read)
            if self.transfer.delete_missing:
                check_target_key(self.spark, kept, self.transfer, planned)
                # MERGE would delete rows that others have added since the source was read; an overwrite detects them.
                whole = replace(
                    source, rows=completed(self.spark, kept, self.transfer, planned, defaults(self.table.columns))
                )
                _, written = self._publish(
                    whole, identity(whole.rows.columns), changed_columns(kept, planned), overwrite=True, checked=True
                )
                return read, written
            with self.table.conflicts():
                self._update(kept, planned)
            progress.written(self.transfer.target, read)
            # A merge rewrites files, and the rows in these do not tell how many were changed or added.
            side = Side(name=self.transfer.target, rows=read)
            with suppress(Exception):  # the commit has happened, whatever fails now
                side["total_rows"] = self.table.refreshed().summary().get("total-records", 0)
            return read, side
        finally:
            kept.unpersist()

    def _update(self, rows: DataFrame, planned: Plan) -> None:
        self.session.check()
        before = self.table.unchanged()
        check_target_key(self.spark, rows, self.transfer, planned)
        if (changed := changed_columns(rows, planned)) is not None:
            self.table.change_columns(changed)
        arranged(rows, planned, self.table.columns, given_only=True).createOrReplaceTempView(_ROWS)
        statement = merge_statement(self.transfer, _ROWS, list(planned.given), defaults(self.table.columns))
        progress.commit_started(self.transfer.target)
        try:
            with self.table.conflicts():
                self.spark.sql(statement)
        except SinkError:
            progress.commit_refused()
            raise
        except Exception:
            with suppress(Exception):  # if Spark has ended, the outcome is unknown
                if self.table.refreshed().snapshot == before.snapshot:
                    progress.commit_refused()
            raise

    def _check(self, rows: DataFrame, source: SourceRows, written: int) -> None:
        rows.createOrReplaceTempView(_ROWS)
        staged = StagedRows(
            run=lambda statement: [tuple(row) for row in self.spark.sql(statement).collect()],
            quoted=spark_quoted,
            literal=spark_literal,
            table=spark_quoted(_ROWS),
            columns=rows.columns,
            rows=written,
        )
        run_checks(self.transfer, staged, source)

    def _replaced(self) -> int | None:
        """Returns the snapshot that this task added before and must replace; None if there is none."""
        earlier = self.table.commit_of(self.key) if self.key else None
        if earlier is None or self.key is None:
            return None
        snapshot, left = self.table.rows_of(CommitKey(self.key.instance, earlier.generation))
        if left != "all":
            why = "cannot be told from others any more, since their files were rewritten or their snapshot has expired"
            way_out = f"unset the table's property '{PROPERTY}{self.key.instance}'"
            raise SinkError(cannot_repeat(self.transfer.target, earlier, why, way_out))
        return snapshot


@contextmanager
def lake_target(spark: SparkSession, catalog: JdbcConnection, transfer: Transfer) -> Iterator[LakeTarget]:
    """Opens the transfer's target in the lake, which no other transfer writes to until the block ends.

    Raises:
        SinkError: another transfer still writes to it, or it is a view.
    """
    # The first transfer to a new lake creates its catalog.
    table = create_missing(lambda: LakeTable(spark, transfer.target))
    lock = lake_lock(
        Jdbc(spark, catalog), table.namespace, table.name, target=transfer.target, lock_timeout=transfer.lock_timeout
    )
    with lock as session:
        progress.nothing_written(transfer.target)
        given = commit_key(transfer.commit_key, job_run_id()) if transfer.mode == "append" else None
        # The table is read again, because others may have written to it while this transfer waited.
        table = table.refreshed()
        if table.is_view:
            raise SinkError(f"The target {transfer.target!r} is a view; name a table.")
        yield LakeTarget(spark, transfer, session, table, given, catalog)
