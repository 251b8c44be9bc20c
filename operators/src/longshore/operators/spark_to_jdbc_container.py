"""The operator that runs the job template `spark-to-jdbc`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from longshore.lineage.assets import Table
from longshore.operators.spark_container import SparkContainerOperator
from longshore.operators.transfer_arguments import SQL_FILES, WRITING, renderers, writing
from longshore.submission.parameters import Number
from longshore.submission.transfer_parameters import spark_to_jdbc
from longshore.waiting.watch import API_PATIENCE


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
        *WRITING,
    )
    template_ext: Sequence[str] = SQL_FILES
    template_fields_renderers = renderers(sql="sql")
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
        return spark_to_jdbc(
            table=self.table,
            sql=self.sql,
            connection_id=self.connection_id,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partitions=self.partitions,
            batch_size=self.batch_size,
            staging_schema=self.staging_schema,
            **writing(self),
        )
