"""Pins lake sources to one moment: each table is read at the snapshot that it had when the transfer began."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from longshore_spark.spark.names import spark_quoted


def pinned(spark: SparkSession, sql: str) -> str:
    """Returns the same SELECT, with `VERSION AS OF` after every table of the lake that has none.

    A transfer may read its source twice (for the key and for the rows), and Spark may repeat a task: all read the same
    rows. Spark's own parser finds the places of the names.
    """
    parser = spark._jsparkSession.sessionState().sqlParser()
    parser.parsePlan(f"SELECT * FROM (\n{sql}\n)")  # WITH … INSERT would write
    plan = parser.parsePlan(sql)
    versions: dict[str, int | None] = {}
    places = []
    for parts, relation, travels in _tables(plan):
        end = relation.origin().stopIndex()
        if travels or not end.isDefined():
            continue
        name = ".".join(map(spark_quoted, parts))
        if name not in versions:
            versions[name] = _snapshot(spark, name)
        if versions[name] is not None:
            places.append((int(end.get()) + 1, versions[name]))
    for end, version in sorted(set(places), reverse=True):
        sql = f"{sql[:end]} VERSION AS OF {version}{sql[end:]}"
    return sql


def tables_read(spark: SparkSession, sql: str) -> list[list[str]]:
    """Returns the tables of the lake that a SELECT names, each in its parts."""
    plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(sql)
    return [parts for parts, _, _ in _tables(plan)]


def _tables(node: Any, *, travels: bool = False) -> Iterator[tuple[list[str], Any, bool]]:
    """Yields the tables of the lake that a plan reads: their parts, their nodes, and whether a version is given."""
    kind = node.getClass().getSimpleName()
    if kind == "RelationTimeTravel":
        yield from _tables(node.relation(), travels=True)
        return
    if kind == "UnresolvedRelation":
        parts = [str(part) for part in _items(node.multipartIdentifier())]
        if len(parts) == 3 and parts[0] == "lake":
            yield parts, node, travels
    for child in _below(node):
        yield from _tables(child)


def _below(node: Any) -> Iterator[Any]:
    yield from _items(node.children())
    with suppress(Py4JError):
        yield from _items(node.expressions())
    with suppress(Py4JError):  # a query in an expression
        yield node.plan()
    yield from _items(node.innerChildren())  # WITH


def _items(sequence: Any) -> Iterator[Any]:
    for at in range(sequence.size()):
        yield sequence.apply(at)


def _snapshot(spark: SparkSession, table: str) -> int | None:
    jvm: Any = spark._jvm
    try:
        loaded = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
    except (Py4JJavaError, PySparkException):  # a view, or missing; Spark's own message is better
        return None
    snapshot = loaded.currentSnapshot()
    # A snapshot has the columns of its time, so a table whose columns have changed since is read without one.
    if snapshot is None or snapshot.schemaId() != loaded.schema().schemaId():
        return None
    return int(snapshot.snapshotId())
