"""The operators that move tables: each runs a job template, and translates its arguments into template parameters.

`longshore.submission.transfer_parameters` translates them, once they are rendered.

A part of a table's name needs no quotes where it holds letters, digits, `_` and `$` alone, reserved words among them;
any other is in double quotes: `lake.raw."my table"`. Of a database's table, source or target, A to Z without quotes are
a to z, as PostgreSQL reads them: `n."MixedCase"`. A target whose name differs from that of a table there in case only
is refused. So is a name that cannot be read everywhere: `/`, `#`, `?`, control characters, outer spaces and more than
200 bytes in the lake, `.` in its namespaces, more than 63 bytes in a database.

SQL is one statement; semicolons and comments after it are left out.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longshore.lineage.assets import Table
from longshore.operators.spark_container import SparkContainerOperator
from longshore.submission import transfer_parameters
from longshore.submission.attempt import Attempt
from longshore.submission.engines import choose, without_executors
from longshore.submission.parameters import Number
from longshore.submission.request import TemplateLaunch
from longshore.waiting.watch import API_PATIENCE

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

_SQL_FILES: Sequence[str] = (".sql",)
_WRITING: Sequence[str] = ("schema_changes", "delete_missing", "checks", "lock_timeout")
"""The arguments by which all transfers write."""


def _renderers(**own: str) -> dict[str, str]:
    return {**SparkContainerOperator.template_fields_renderers, **own, "checks": "json"}


def _writing(operator: SparkContainerOperator) -> dict[str, Any]:
    return {name: getattr(operator, name) for name in _WRITING}


class JdbcToSparkContainerOperator(SparkContainerOperator):
    """From a database into a table of the lake.

    Args:
        connection_id: the source database, by the id of a connection that the job can read.
        table: the table to read, `table` or `schema.table`; either this or `query`.
        query: a SELECT statement in the source's SQL, or the name of a `.sql` file. PostgreSQL's operators with `?` are
            written as in psql, never doubled.
        target: `lake.<namespace>.<table>`; namespace and table are created if they are missing.
        mode: `overwrite` (the target's content is replaced at once), `append`, or `merge` (of rows with a known `key`
            the given columns are updated, other rows are added). An append is committed once, however often the task is
            retried. A task that had succeeded and is cleared appends again instead of the rows that it had added, or is
            refused where those cannot be told.
        key: the columns that identify a row, for `merge`: a list of names, or one name.
        partition_column: by which the source is read in parallel: a column, or `auto`.
        partitions: how many parts are read in parallel.
        fetch_size: rows a round trip.
        columns: by column, the type that it gets and what may be lost of its values:
            `{"rate": "decimal(38,20), rounded", "until": "infinity as null"}`. Without it every value is moved exactly,
            or the transfer fails and names the column (docs/transfers.md).
        schema_changes: what becomes of columns that source and target do not share, or have with other types:
            `evolve` (the target gets them where nothing is lost), `fail`, or `ignore`.
        delete_missing: with `merge` of a whole `table`: delete the target's rows whose `key` the source does not have.
        checks: what must hold of the written rows before readers can see them; a check that fails leaves the target as
            it was. Each is a mapping of one kind: `{"not_null": ["a", "b"]}`, `{"unique": ["a", "b"]}`,
            `{"row_count": {"min": 1, "max": 10}}`, `{"row_count": "source"}`,
            `{"between": {"column": "x", "min": 0, "max": 1}}`, `{"fresh": {"column": "at", "within_hours": 24}}`, or
            `{"sql": "SELECT … FROM rows WHERE …"}`, which must return nothing, in the SQL of the target.
        lock_timeout: seconds to wait while another transfer writes to the target; 0: none.
        engine: `spark`; `copy`, which appends and overwrites without a Spark session, in a fraction of the time and
            without executors, and is refused for anything else; or `auto`, which is `copy` where that can do the
            transfer and else `spark`. Both write the same values (docs/transfers.md).
        job_template_id: a template with these parameters.
        job_template_parameters … configuration_overrides: as `SparkContainerOperator`'s.
        aws_conn_id … name: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.

    The template's default stands for what is left out.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("connection_id", "table", "query", "target", "mode", "key"),
        *("partition_column", "partitions", "fetch_size", "columns", "engine"),
        *_WRITING,
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = _renderers(query="sql")
    commits_once = True

    def __init__(
        self,
        *,
        connection_id: str,
        target: str,
        table: str | None = None,
        query: str | None = None,
        mode: str | None = None,
        key: str | Sequence[str] | None = None,
        partition_column: str | None = None,
        partitions: Number | None = None,
        fetch_size: Number | None = None,
        columns: Mapping[str, str] | None = None,
        schema_changes: str | None = None,
        delete_missing: bool | str | None = None,
        checks: Sequence[Mapping[str, Any]] | None = None,
        lock_timeout: Number | None = None,
        engine: str | None = None,
        job_template_id: str = "jdbc-to-spark",
        job_template_parameters: Mapping[str, Any] | None = None,
        spark_resources: Mapping[str, Any] | None = None,
        conf: Mapping[str, Any] | None = None,
        jars: str | Sequence[str] | None = None,
        py_files: str | Sequence[str] | None = None,
        configuration_overrides: Mapping[str, Any] | None = None,
        aws_conn_id: str | None = "aws_default",
        virtual_cluster_id: str | None = None,
        deferrable: bool = True,
        poll_interval: float = 15.0,
        api_patience: timedelta | float = API_PATIENCE,
        retry_max_attempts: int | None = None,
        tags: Mapping[str, str] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_template_id=job_template_id,
            job_template_parameters=job_template_parameters,
            spark_resources=spark_resources,
            conf=conf,
            jars=jars,
            py_files=py_files,
            configuration_overrides=configuration_overrides,
            aws_conn_id=aws_conn_id,
            virtual_cluster_id=virtual_cluster_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            api_patience=api_patience,
            retry_max_attempts=retry_max_attempts,
            tags=tags,
            name=name,
            **kwargs,
        )
        self.connection_id = connection_id
        self.table = table
        self.query = query
        self.target = target
        self.mode = mode
        self.key = key
        self.partition_column = partition_column
        self.partitions = partitions
        self.fetch_size = fetch_size
        self.columns = columns
        self.schema_changes = schema_changes
        self.delete_missing = delete_missing
        self.checks = checks
        self.lock_timeout = lock_timeout
        self.engine = engine
        self.declare_lineage()

    def tables_read(self) -> Sequence[Table]:
        return [] if self.table is None else [Table(self.table, self.connection_id)]

    def tables_written(self) -> Sequence[Table]:
        return [Table(self.target)]

    def sql_text(self) -> str | None:
        return self.query

    def own_parameters(self) -> Mapping[str, str]:
        return transfer_parameters.jdbc_to_spark(
            connection_id=self.connection_id,
            table=self.table,
            query=self.query,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partition_column=self.partition_column,
            partitions=self.partitions,
            fetch_size=self.fetch_size,
            columns=self.columns,
            engine=self.engine,
            **_writing(self),
        )

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> TemplateLaunch:
        launch = super().launch(hook, attempt)
        if self.engine is None:
            return launch
        choice = choose(launch.parameters)
        self.log.info("%s", choice.reason)
        return without_executors(launch) if choice.engine == "copy" else launch


class SparkToSparkContainerOperator(SparkContainerOperator):
    """From tables of the lake into a table of the lake.

    Args:
        table: the table to read, `lake.<namespace>.<table>`; either this or `sql`.
        sql: a SELECT statement in Spark's SQL, or the name of a `.sql` file.
        target: `lake.<namespace>.<table>`.
        mode: as `JdbcToSparkContainerOperator`'s.
        key: the columns that identify a row, for `merge`: a list of names, or one name.
        schema_changes, delete_missing, checks, lock_timeout: as `JdbcToSparkContainerOperator`'s.
        job_template_id: a template with these parameters.
        job_template_parameters … configuration_overrides: as `SparkContainerOperator`'s.
        aws_conn_id … name: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("table", "sql", "target", "mode", "key"),
        *_WRITING,
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = _renderers(sql="sql")
    commits_once = True

    def __init__(
        self,
        *,
        target: str,
        table: str | None = None,
        sql: str | None = None,
        mode: str | None = None,
        key: str | Sequence[str] | None = None,
        schema_changes: str | None = None,
        delete_missing: bool | str | None = None,
        checks: Sequence[Mapping[str, Any]] | None = None,
        lock_timeout: Number | None = None,
        job_template_id: str = "spark-to-spark",
        job_template_parameters: Mapping[str, Any] | None = None,
        spark_resources: Mapping[str, Any] | None = None,
        conf: Mapping[str, Any] | None = None,
        jars: str | Sequence[str] | None = None,
        py_files: str | Sequence[str] | None = None,
        configuration_overrides: Mapping[str, Any] | None = None,
        aws_conn_id: str | None = "aws_default",
        virtual_cluster_id: str | None = None,
        deferrable: bool = True,
        poll_interval: float = 15.0,
        api_patience: timedelta | float = API_PATIENCE,
        retry_max_attempts: int | None = None,
        tags: Mapping[str, str] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_template_id=job_template_id,
            job_template_parameters=job_template_parameters,
            spark_resources=spark_resources,
            conf=conf,
            jars=jars,
            py_files=py_files,
            configuration_overrides=configuration_overrides,
            aws_conn_id=aws_conn_id,
            virtual_cluster_id=virtual_cluster_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            api_patience=api_patience,
            retry_max_attempts=retry_max_attempts,
            tags=tags,
            name=name,
            **kwargs,
        )
        self.table = table
        self.sql = sql
        self.target = target
        self.mode = mode
        self.key = key
        self.schema_changes = schema_changes
        self.delete_missing = delete_missing
        self.checks = checks
        self.lock_timeout = lock_timeout
        self.declare_lineage()

    def tables_read(self) -> Sequence[Table]:
        return [] if self.table is None else [Table(self.table)]

    def tables_written(self) -> Sequence[Table]:
        return [Table(self.target)]

    def sql_text(self) -> str | None:
        return self.sql

    def own_parameters(self) -> Mapping[str, str]:
        return transfer_parameters.spark_to_spark(
            table=self.table, sql=self.sql, target=self.target, mode=self.mode, key=self.key, **_writing(self)
        )


class SparkToJdbcContainerOperator(SparkContainerOperator):
    """From tables of the lake into a table of a database.

    Args:
        connection_id: the target database, by the id of a connection that the job can read.
        table: the table to read, `lake.<namespace>.<table>`; either this or `sql`.
        sql: a SELECT statement in Spark's SQL, or the name of a `.sql` file.
        target: `<schema>.<table>` of the database; the schema is created if it is missing. Readers never see half.
        mode: as `JdbcToSparkContainerOperator`'s.
        key: the columns that identify a row, for `merge`: a list of names, or one name.
        partitions: how many connections write in parallel.
        batch_size: rows a round trip.
        staging_schema: the database's schema for rows that are not published yet, for roles that may create tables
            there and not in the target's.
        schema_changes, delete_missing, checks, lock_timeout: as `JdbcToSparkContainerOperator`'s.
        job_template_id: a template with these parameters.
        job_template_parameters … configuration_overrides: as `SparkContainerOperator`'s.
        aws_conn_id … name: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("connection_id", "table", "sql", "target", "mode", "key", "partitions", "batch_size"),
        "staging_schema",
        *_WRITING,
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = _renderers(sql="sql")
    commits_once = True

    def __init__(
        self,
        *,
        connection_id: str,
        target: str,
        table: str | None = None,
        sql: str | None = None,
        mode: str | None = None,
        key: str | Sequence[str] | None = None,
        partitions: Number | None = None,
        batch_size: Number | None = None,
        staging_schema: str | None = None,
        schema_changes: str | None = None,
        delete_missing: bool | str | None = None,
        checks: Sequence[Mapping[str, Any]] | None = None,
        lock_timeout: Number | None = None,
        job_template_id: str = "spark-to-jdbc",
        job_template_parameters: Mapping[str, Any] | None = None,
        spark_resources: Mapping[str, Any] | None = None,
        conf: Mapping[str, Any] | None = None,
        jars: str | Sequence[str] | None = None,
        py_files: str | Sequence[str] | None = None,
        configuration_overrides: Mapping[str, Any] | None = None,
        aws_conn_id: str | None = "aws_default",
        virtual_cluster_id: str | None = None,
        deferrable: bool = True,
        poll_interval: float = 15.0,
        api_patience: timedelta | float = API_PATIENCE,
        retry_max_attempts: int | None = None,
        tags: Mapping[str, str] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            job_template_id=job_template_id,
            job_template_parameters=job_template_parameters,
            spark_resources=spark_resources,
            conf=conf,
            jars=jars,
            py_files=py_files,
            configuration_overrides=configuration_overrides,
            aws_conn_id=aws_conn_id,
            virtual_cluster_id=virtual_cluster_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            api_patience=api_patience,
            retry_max_attempts=retry_max_attempts,
            tags=tags,
            name=name,
            **kwargs,
        )
        self.connection_id = connection_id
        self.table = table
        self.sql = sql
        self.target = target
        self.mode = mode
        self.key = key
        self.partitions = partitions
        self.batch_size = batch_size
        self.staging_schema = staging_schema
        self.schema_changes = schema_changes
        self.delete_missing = delete_missing
        self.checks = checks
        self.lock_timeout = lock_timeout
        self.declare_lineage()

    def tables_read(self) -> Sequence[Table]:
        return [] if self.table is None else [Table(self.table)]

    def tables_written(self) -> Sequence[Table]:
        return [Table(self.target, self.connection_id)]

    def sql_text(self) -> str | None:
        return self.sql

    def own_parameters(self) -> Mapping[str, str]:
        return transfer_parameters.spark_to_jdbc(
            table=self.table,
            sql=self.sql,
            connection_id=self.connection_id,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partitions=self.partitions,
            batch_size=self.batch_size,
            staging_schema=self.staging_schema,
            **_writing(self),
        )
