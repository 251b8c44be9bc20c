"""What is read: a table or query of a database, in parallel, or of the lake."""

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from longshore_spark.arguments import Transfer, check_source, is_query
from longshore_spark.connections import JdbcConnection
from longshore_spark.exceptions import SourceError
from longshore_spark.jdbc import Jdbc
from longshore_spark.partitions import page_predicates, range_predicates, splittable
from longshore_spark.sql import quoted


@dataclass(frozen=True)
class Source:
    """Something that can be read."""

    name: str
    """As messages and the result call it."""
    rows: DataFrame
    partitions: int | None
    """Connections that read at the same time, where it is a database."""


def source_text(spark: SparkSession, source: str) -> str:
    """The source's own text, read from its object where it is by reference (`@URI`).

    Raises:
        SourceError: the object cannot be read.
        ArgumentError: it holds neither a table's name nor a query in parentheses.
    """
    if not source.startswith("@"):
        return source
    found = spark.read.text(source[1:], wholetext=True).collect()
    if len(found) != 1:
        raise SourceError(f"The object {source[1:]!r} must hold the source's text; {len(found)} objects are there.")
    text = str(found[0][0]).strip()
    check_source(text)
    return text


def read_lake(spark: SparkSession, text: str) -> Source:
    """A table of the lake, or SQL over it."""
    if is_query(text):
        return Source("query", spark.sql(text[1:-1]), None)
    return Source(text, spark.table(text), None)


def read_jdbc(spark: SparkSession, connection: JdbcConnection, transfer: Transfer, text: str) -> Source:
    """A table or query of a database, split so that several connections read at the same time.

    PostgreSQL's `numeric` without a precision becomes decimal(38,18), Spark's widest with fractions: digits beyond
    are an error there, not lost.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SourceError: the table or the partition column is not there, or has a type that cannot be split.
    """
    jdbc = Jdbc(spark, connection)
    if is_query(text):
        relation, name = f"{text} AS source", f"query in {connection.id}"
    else:
        relation, name = text, f"{connection.id}.{text}"
        if not jdbc.query("SELECT 1 WHERE to_regclass(?) IS NOT NULL", text):
            raise SourceError(
                f"The table {text!r} is not in the database {connection.database!r} (connection {connection.id!r}), "
                f"or {connection.user!r} may not see its schema."
            )
    predicates = _predicates(jdbc, connection, transfer, text, relation)
    options = connection.properties | {"fetchsize": str(transfer.fetch_size)}
    if predicates:
        rows = spark.read.jdbc(connection.url, relation, predicates=predicates, properties=options)
    else:
        rows = spark.read.jdbc(connection.url, relation, properties=options)
    return Source(name, rows, max(len(predicates), 1))


def _predicates(jdbc: Jdbc, connection: JdbcConnection, transfer: Transfer, text: str, relation: str) -> list[str]:
    if transfer.partition_column is not None:
        return _column_predicates(jdbc, connection, transfer.partition_column, transfer.partitions, relation)
    if is_query(text):
        return []  # nothing is known of a query's rows
    # Only a plain table (or materialized view) has pages of its own.
    pages = jdbc.query(
        "SELECT pg_relation_size(oid) / current_setting('block_size')::int FROM pg_class "
        "WHERE oid = to_regclass(?) AND relkind IN ('r', 'm')",
        text,
    )
    return page_predicates(int(pages[0][0]), transfer.partitions) if pages else []


def _column_predicates(
    jdbc: Jdbc, connection: JdbcConnection, column: str, partitions: int, relation: str
) -> list[str]:
    types = jdbc.column_types(relation)
    if column not in types:
        raise SourceError(
            f"The partition column {column!r} is not in the source (connection {connection.id!r}); it has "
            f"{', '.join(types)}."
        )
    name, kind = quoted(column), types[column]
    if splittable(kind):
        ((low, high),) = jdbc.query(f"SELECT min({name})::text, max({name})::text FROM {relation}")
        try:
            return range_predicates(name, kind, low, high, partitions)
        except (ValueError, ArithmeticError):
            kind = f"{kind} and reaches from {low} to {high}"
    raise SourceError(
        f"The partition column {column!r} cannot be split: it has the type {kind}. Use a column of finite numbers, "
        "dates or timestamps, or 'auto'."
    )
