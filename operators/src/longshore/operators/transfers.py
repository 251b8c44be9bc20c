"""Moving tables: each operator is a job template and the translation of its arguments into parameters.

The translations are in `longshore.parameters`, and take place once the arguments are rendered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from longshore import parameters
from longshore.operators.spark_container import SparkContainerOperator
from longshore.parameters import Number

_SQL_FILES: Sequence[str] = (".sql",)


class JdbcToSparkContainerOperator(SparkContainerOperator):
    """From a database into a table of the lake.

    Args:
        connection_id: the source database, by the id of a connection that the job can read.
        table: the table to read, `table` or `schema.table`; either this or `query`.
        query: a SELECT statement in the source's SQL, or the name of a `.sql` file.
        target: `lake.<namespace>.<table>`; namespace and table are created if they are missing.
        mode: `overwrite` (the target's content is replaced at once), `append`, or `merge` (rows with a known `key` are
            replaced, others added).
        key: the columns that identify a row, for `merge`.
        partition_column: by which the source is read in parallel: a column, or `auto`.
        partitions: how many parts are read in parallel.
        fetch_size: rows a round trip.
        job_template_id: a template with these parameters.
        kwargs: of `SparkContainerOperator`.

    The template's default stands for what is left out.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("connection_id", "table", "query", "target", "mode", "key"),
        *("partition_column", "partitions", "fetch_size"),
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = {**SparkContainerOperator.template_fields_renderers, "query": "sql"}  # noqa: RUF012

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
        job_template_id: str = "jdbc-to-spark",
        **kwargs: Any,
    ) -> None:
        super().__init__(job_template_id=job_template_id, **kwargs)
        self.connection_id = connection_id
        self.table = table
        self.query = query
        self.target = target
        self.mode = mode
        self.key = key
        self.partition_column = partition_column
        self.partitions = partitions
        self.fetch_size = fetch_size

    def own_parameters(self) -> Mapping[str, str]:
        return parameters.jdbc_to_spark(
            connection_id=self.connection_id,
            table=self.table,
            query=self.query,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partition_column=self.partition_column,
            partitions=self.partitions,
            fetch_size=self.fetch_size,
        )


class SparkToSparkContainerOperator(SparkContainerOperator):
    """From tables of the lake into a table of the lake.

    Args:
        table: the table to read, `lake.<namespace>.<table>`; either this or `sql`.
        sql: a SELECT statement in Spark's SQL, or the name of a `.sql` file.
        target: `lake.<namespace>.<table>`.
        mode: as `JdbcToSparkContainerOperator`'s.
        key: the columns that identify a row, for `merge`.
        job_template_id: a template with these parameters.
        kwargs: of `SparkContainerOperator`.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("table", "sql", "target", "mode", "key"),
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = {**SparkContainerOperator.template_fields_renderers, "sql": "sql"}  # noqa: RUF012

    def __init__(
        self,
        *,
        target: str,
        table: str | None = None,
        sql: str | None = None,
        mode: str | None = None,
        key: str | Sequence[str] | None = None,
        job_template_id: str = "spark-to-spark",
        **kwargs: Any,
    ) -> None:
        super().__init__(job_template_id=job_template_id, **kwargs)
        self.table = table
        self.sql = sql
        self.target = target
        self.mode = mode
        self.key = key

    def own_parameters(self) -> Mapping[str, str]:
        return parameters.spark_to_spark(
            table=self.table, sql=self.sql, target=self.target, mode=self.mode, key=self.key
        )


class SparkToJdbcContainerOperator(SparkContainerOperator):
    """From tables of the lake into a table of a database.

    Args:
        connection_id: the target database, by the id of a connection that the job can read.
        table: the table to read, `lake.<namespace>.<table>`; either this or `sql`.
        sql: a SELECT statement in Spark's SQL, or the name of a `.sql` file.
        target: `<schema>.<table>` of the database; the schema is created if it is missing. Readers never see half.
        mode: as `JdbcToSparkContainerOperator`'s.
        key: the columns that identify a row, for `merge`.
        partitions: how many connections write in parallel.
        batch_size: rows a round trip.
        job_template_id: a template with these parameters.
        kwargs: of `SparkContainerOperator`.
    """

    template_fields: Sequence[str] = (
        *SparkContainerOperator.template_fields,
        *("connection_id", "table", "sql", "target", "mode", "key", "partitions", "batch_size"),
    )
    template_ext: Sequence[str] = _SQL_FILES
    template_fields_renderers = {**SparkContainerOperator.template_fields_renderers, "sql": "sql"}  # noqa: RUF012

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
        job_template_id: str = "spark-to-jdbc",
        **kwargs: Any,
    ) -> None:
        super().__init__(job_template_id=job_template_id, **kwargs)
        self.connection_id = connection_id
        self.table = table
        self.sql = sql
        self.target = target
        self.mode = mode
        self.key = key
        self.partitions = partitions
        self.batch_size = batch_size

    def own_parameters(self) -> Mapping[str, str]:
        return parameters.spark_to_jdbc(
            table=self.table,
            sql=self.sql,
            connection_id=self.connection_id,
            target=self.target,
            mode=self.mode,
            key=self.key,
            partitions=self.partitions,
            batch_size=self.batch_size,
        )
