"""Writes to a table of a database: in parallel to a staging table, from there in one transaction.

Readers of the target see the old rows until the commit and the new ones after it. Only what the transfer asks for
changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from longshore_spark.checking.columns_and_keys import check_names
from longshore_spark.checking.row_checks import StagedRows
from longshore_spark.checking.schema_rules import Plan, plan
from longshore_spark.checking.staged_rows import run_checks
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.connecting.question_marks import marks_doubled
from longshore_spark.databases.postgres.datasets import table_dataset
from longshore_spark.databases.postgres.names import check_new_name
from longshore_spark.databases.postgres.quoting import NAMES, literal, qualified, quoted
from longshore_spark.databases.postgres.sessions.settings import SETTINGS
from longshore_spark.databases.postgres.sessions.target_session import TargetSession, lock_key, target_session
from longshore_spark.databases.postgres.writing import publishing
from longshore_spark.databases.postgres.writing import target_checks as admission
from longshore_spark.databases.postgres.writing.column_values import holds
from longshore_spark.databases.postgres.writing.commit_table import CommitTable
from longshore_spark.databases.postgres.writing.definitions import Definition, definition
from longshore_spark.databases.postgres.writing.other_writers import State, lock, state_of
from longshore_spark.databases.postgres.writing.staging import Staging, drop_leftovers, ensure_schema, staging_schema
from longshore_spark.databases.postgres.writing.statements import Move
from longshore_spark.databases.postgres.writing.write_expressions import writing
from longshore_spark.exceptions import SinkError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows
from longshore_spark.outcome.commits import Commit, CommitKey, cannot_repeat, commit_key, commit_now
from longshore_spark.outcome.datasets import Dataset
from longshore_spark.outcome.job_run import job_run_id
from longshore_spark.outcome.progress import progress
from longshore_spark.outcome.results import Side
from longshore_spark.spark.java_errors import sql_state


@dataclass(frozen=True)
class DatabaseTarget:
    """A table of a database that no other transfer writes to."""

    jdbc: Jdbc
    connection: JdbcConnection
    transfer: Transfer
    session: TargetSession
    commits: CommitTable
    schema: str
    """The schema of staging tables."""
    known: Definition | None
    """None: it is missing."""
    state: State | None
    """The table's state when the transfer began. None: nothing will be replaced."""
    key: CommitKey | None
    """Set for an append only: repeating any other mode changes nothing."""

    def dataset(self) -> Dataset:
        """Returns the table by its OpenLineage name."""
        return table_dataset(self.jdbc.query, self.connection, self.transfer.target)

    @property
    def committed(self) -> Commit | None:
        """The commit by which this task has already appended its rows; None if it has not.

        Raises:
            SinkError: the append must be repeated, and its first rows cannot be told from others.
        """
        # Where the table is missing, what was once appended to it is, too.
        found = self.commits.commit_of(self.key) if self.key and self.known else None
        if found is None or self.key is None or found.generation == self.key.generation:
            return found
        way_out = f"its line of {self.commits.name} (task = '{self.key.instance}')"
        raise SinkError(cannot_repeat(self.transfer.target, found, "cannot be told from others", way_out))

    def write(self, source: SourceRows) -> tuple[int, Side]:
        """Writes the rows as the mode says.

        Returns:
            The number of rows that Spark read and sent, and the table's side of the result.

        Raises:
            SinkError: the target cannot have the columns or values of the source, a key is missing or there twice, a
                check fails, or another program has changed the table. Nothing was written.
        """
        rows, transfer = source.rows, self.transfer
        check_names(rows.columns, f"The source of {transfer.target!r}")
        admission.check_lengths(rows.columns, transfer)
        writings = {field.name: writing(field.name, field.dataType) for field in rows.schema.fields}
        types = {name: one.type for name, one in writings.items()}
        planned = None
        if self.known is not None:
            planned = plan(types, self.known.types, transfer, holds=holds)
            admission.check_plan(planned, self.known.columns, transfer)
        admission.check_key_there(rows.columns, transfer)
        writings = {name: one for name, one in writings.items() if planned is None or name not in planned.ignored}
        # Rows of a missing table wait where it is going to be, so that it has that schema's default privileges.
        schema = NAMES.target(transfer.target)[0] if planned is None else self.schema
        staging = Staging(self.jdbc, self.connection, transfer, schema)
        try:
            staging.create(writings, job_run=job_run_id(), to_stay=planned is None)
            read = staging.fill(rows, writings)
            with self.session.rolled_back_on_error():
                written = self._staged(staging, read)
                if transfer.mode == "merge":
                    admission.check_key(self.session, staging.name, list(map(quoted, transfer.key)), transfer)
                if transfer.checks:
                    self._check(staging, list(writings), source, written)
                self._commit(staging, planned, types, written)
        finally:
            staging.drop()
        side = Side(name=f"{self.connection.id}.{transfer.target}", rows=written)
        if planned is None or transfer.mode == "overwrite" or transfer.delete_missing:
            side["total_rows"] = written  # there are no others
            return read, side
        with suppress(Exception):  # the commit has happened, even if the count fails
            ((total,),) = self.jdbc.query(f"SELECT pg_catalog.count(*) FROM {qualified(transfer.target)}")
            side["total_rows"] = int(total)
        return read, side

    def _staged(self, staging: Staging, read: int) -> int:
        ((count,),) = self.session.query(f"SELECT pg_catalog.count(*) FROM {staging.name}")
        if int(count) != read:
            raise SinkError(
                f"Spark handed over {read} rows for {self.transfer.target!r}, and {count} have arrived: a task was "
                "repeated after it had written (a lost executor); nothing was written. Run the transfer again."
            )
        return read

    def _commit(self, staging: Staging, planned: Plan | None, types: dict[str, str], written: int) -> None:
        transfer, session = self.transfer, self.session
        keeping = self.commits.forgotten() if transfer.mode == "overwrite" or self.known is None else []
        keeping += self.commits.added(self.key, commit_now(self.key, job_run_id()), written) if self.key else []
        if planned is None or self.known is None:
            publishing.rename(session, staging.name, transfer.target)
        else:
            publishing.check_unchanged(session, self.known, self.state, transfer)
            publishing.change_columns(session, planned, transfer)
            move = self._move(staging, planned)
            admission.check_values(session, move, types, transfer)
            if any(move.columns[name] != types[move.staged[name]] for name in move.key):  # two texts may be one uuid
                cast = [f"{quoted(move.staged[name])}::{move.columns[name]}" for name in move.key]
                admission.check_key(session, staging.name, cast, transfer)
            publishing.bring(session, move, written, self.known, transfer)
        session.execute(keeping)
        progress.commit_started(transfer.target)
        try:
            session.commit()
        except Py4JJavaError as error:
            if sql_state(error) not in (None, "None") and not str(sql_state(error)).startswith(("08", "57")):
                progress.commit_refused()  # such as a deferred constraint; after a lost session the outcome is unknown
            raise
        progress.written(transfer.target, written)

    def _move(self, staging: Staging, planned: Plan) -> Move:
        assert self.known is not None  # noqa: S101  for mypy
        types = self.known.types | planned.widened | planned.added
        columns = {name: types[name] for name in planned.given}
        updated = columns.keys() - set(self.transfer.key)
        always = {column.name for column in self.known.columns if column.identity == "a"}
        return Move(
            target=self.transfer.target,
            staging=staging.name,
            columns=columns,
            staged=planned.given,
            key=self.transfer.key,
            overriding=bool(always & set(columns)),
            followed=[column.name for column in self.known.columns if column.followed and column.name in updated],
        )

    def _check(self, staging: Staging, columns: list[str], source: SourceRows, written: int) -> None:
        staged = StagedRows(
            run=lambda statement: self.session.query(marks_doubled(statement)),
            quoted=quoted,
            literal=literal,
            table=staging.name,
            columns=columns,
            rows=written,
        )
        run_checks(self.transfer, staged, source)


@contextmanager
def open_target(spark: SparkSession, connection: JdbcConnection, transfer: Transfer) -> Iterator[DatabaseTarget]:
    """Opens the transfer's target in a database, which no other transfer writes to until the block ends.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SinkError: another transfer still writes to it, its name differs in case only from a table's that is there, or
            it cannot be written in this mode.
    """
    jdbc = Jdbc(spark._jvm, connection)
    schema, name = NAMES.target(transfer.target)
    key = lock_key("database", schema, name)
    with target_session(jdbc, transfer.target, key, transfer.lock_timeout) as session:
        progress.nothing_written(transfer.target)
        check_new_name(jdbc, transfer.target)
        drop_leftovers(jdbc, transfer.target)
        known = definition(session.query, schema, name, transfer)
        staged_in = staging_schema(transfer)
        ensure_schema(jdbc, staged_in)
        if known is None:
            ensure_schema(jdbc, schema)
        commits = CommitTable(session, transfer.target, staged_in)
        given = commit_key(transfer.commit_key, job_run_id()) if transfer.mode == "append" else None
        if given is not None:
            commits.create(jdbc)
        replaces = known is not None and (transfer.mode == "overwrite" or transfer.delete_missing)
        state = _state(jdbc, transfer.target) if replaces else None
        yield DatabaseTarget(jdbc, connection, transfer, session, commits, staged_in, known, state, given)


def _state(jdbc: Jdbc, target: str) -> State:
    """Returns the state of now, while no transaction is writing to the table."""
    opened = jdbc.open()
    try:
        opened.setAutoCommit(False)
        session = TargetSession(opened, target)
        # Committed reads, whatever a role's default is.
        session.execute(["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", *SETTINGS, lock(target)])
        return state_of(session.query, target)
    finally:
        opened.close()
