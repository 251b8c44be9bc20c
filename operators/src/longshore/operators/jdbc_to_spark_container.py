"""The operator that runs the job template `jdbc-to-spark`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from longshore.lineage.assets import Table, tables_read, tables_written
from longshore.operators.spark_container import SparkContainerOperator
from longshore.operators.transfer_arguments import SQL_FILES, WRITING, renderers, writing
from longshore.submission.attempt import Attempt
from longshore.submission.engines import choose, without_executors
from longshore.submission.parameters import Number
from longshore.submission.request import TemplateLaunch
from longshore.submission.transfer_parameters import jdbc_to_spark
from longshore.waiting.watch import API_PATIENCE

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


class JdbcToSparkContainerOperator(SparkContainerOperator):
    """From a database into a table of the lake, or from many tables into one each.

    Args:
        connection_id: the source database, by the id of a connection that the job can read.
        table: the table to read, `table` or `schema.table`; either this, `query` or `tables`.
        query: a SELECT statement in the source's SQL, or the name of a `.sql` file. PostgreSQL's operators with `?` are
            written as in psql, never doubled.
        tables: many tables to read in one job, one after the other: a list of names, or a pattern in which `*` is any
            text and `?` any character (`public.air*`). Each is a transfer of its own, with all other arguments the
            same; `columns`, `checks` and `partition_column` are for one table only (docs/transfers.md).
        target: `lake.<namespace>.<table>`; namespace and table are created if they are missing. With `tables` it has
            `{table}` for the name of each: `lake.raw.{table}`.
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
        *("connection_id", "table", "query", "tables", "target", "mode", "key"),
        *("partition_column", "partitions", "fetch_size", "columns", "engine"),
        *WRITING,
    )
    template_ext: Sequence[str] = SQL_FILES
    template_fields_renderers = renderers(query="sql")
    commits_once = True

    def __init__(
        self,
        *,
        connection_id: str,
        target: str,
        table: str | None = None,
        query: str | None = None,
        tables: str | Sequence[str] | None = None,
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
        spark_resources: Mapping[str, Any] | Literal["auto"] | None = None,
        oom_attempts: int | None = None,
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
            oom_attempts=oom_attempts,
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
        self.tables = tables
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
        if self.tables is not None:
            return tables_read(self.tables, self.connection_id)
        return [] if self.table is None else [Table(self.table, self.connection_id)]

    def tables_written(self) -> Sequence[Table]:
        return [Table(self.target)] if self.tables is None else tables_written(self.tables, self.target, self._result)

    def sql_text(self) -> str | None:
        return self.query

    def own_parameters(self) -> Mapping[str, str]:
        return jdbc_to_spark(
            connection_id=self.connection_id,
            table=self.table,
            query=self.query,
            tables=self.tables,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partition_column=self.partition_column,
            partitions=self.partitions,
            fetch_size=self.fetch_size,
            columns=self.columns,
            engine=self.engine,
            **writing(self),
        )

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> TemplateLaunch:
        launch = super().launch(hook, attempt)
        if self.engine is None:
            return launch
        choice = choose(launch.parameters)
        self.log.info("%s", choice.reason)
        return without_executors(launch) if choice.engine == "copy" else launch
