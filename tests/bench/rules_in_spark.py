"""Runs inside the image `spark`: times transfers and Spark's own writes of the same rows, for `rules.py`.

`spark-submit rules_in_spark.py APP ROWS…`. The target has as many rows as the source, and half of their keys. The parts
of a transfer are the functions of the application that keep a rule; they are timed from outside.
"""

# ruff: noqa: T201  a benchmark prints
import functools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

sys.path.insert(0, sys.argv[1])

from longshore_spark.applications.transfer import run
from longshore_spark.connections import read_connection
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.sessions import target_session
from longshore_spark.databases.postgres.writing import commit_table, publishing, staging, target_checks
from longshore_spark.databases.postgres.writing import sink as database_sink
from longshore_spark.lake.session import open_session
from longshore_spark.lake.writing import sink as lake_sink
from longshore_spark.lake.writing import table as lake_table

_PARTS: dict[str, list[tuple[Any, str]]] = {
    "1 columns": [
        *((database_sink, "plan"), (lake_sink, "plan"), (lake_sink, "check_absent")),
        *((target_checks, "check_plan"), (target_checks, "check_values"), (publishing, "change_columns")),
    ],
    "2 one writer": [
        *((target_session, "_wait"), (database_sink, "_state"), (publishing, "check_unchanged")),
        *((lake_table.LakeTable, "unchanged"), (target_session.TargetSession, "check")),
    ],
    "3 one commit": [
        *((commit_table.CommitTable, name) for name in ("create", "commit_of", "forgotten")),
        *((target_session.TargetSession, "commit"), (lake_table.Staged, "publish")),
    ],
    "4 keys": [(target_checks, "check_key"), (lake_sink, "check_key"), (lake_sink, "check_target_key")],
    "4 and 5 into the table": [(publishing, "bring"), (lake_sink.LakeTarget, "_update")],
    "6 staging": [
        *((staging.Staging, name) for name in ("create", "fill", "drop")),
        *((database_sink, "drop_leftovers"), (database_sink.DatabaseTarget, "_staged")),
        *((lake_sink.LakeTarget, "_stage"), (lake_table.Staged, "close")),
    ],
    "8 checks": [(database_sink.DatabaseTarget, "_check"), (lake_sink.LakeTarget, "_check")],
}
parts: dict[str, float] = {}
inside: list[str] = []


def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose time is counted; that of a function within another is the other's."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        if inside:
            return function(*arguments, **options)
        inside.append(part)
        began = time.monotonic()
        try:
            return function(*arguments, **options)
        finally:
            parts[part] = parts.get(part, 0.0) + time.monotonic() - began
            inside.pop()

    return call


for part, functions in _PARTS.items():
    for owner, name in functions:
        setattr(owner, name, timed(part, getattr(owner, name)))

catalog, flights = read_connection("lake_catalog"), read_connection("flights_db")
spark = open_session(catalog)
database = Jdbc(spark._jvm, flights)
CHECKS = json.dumps([{"not_null": ["id"]}, {"unique": ["id"]}, {"row_count": "source"}])
COLUMNS = (
    "id", "concat('name ', id % 1000) AS name", "CAST(id % 100000 AS DECIMAL(12,2)) AS price",
    "timestamp'2024-01-01 00:00:00' + make_dt_interval(0, 0, 0, id) AS at", "repeat('x', 40) AS note",
)  # fmt: skip
KEY = {"mode": "merge", "key": "id"}
MERGE = (
    "MERGE INTO lake.bench.target AS t USING lake.bench.source AS s ON t.id <=> s.id WHEN MATCHED THEN UPDATE SET * "
    "WHEN NOT MATCHED THEN INSERT *"
)


def transfer(target: str, **options: str) -> Callable[[], object]:
    """A transfer of the lake's source."""
    options = {"source": "lake.bench.source", "target": target, **options}
    return lambda: run([f"--{name.replace('_', '-')}={value}" for name, value in options.items()])


def to_database(**options: str) -> Callable[[], object]:
    return transfer("public.target", target_connection="flights_db", **options)


def source() -> Any:
    return spark.table("lake.bench.source")


def jdbc(mode: str, **options: str) -> None:
    options = {**flights.properties, "reWriteBatchedInserts": "true", "batchsize": "10000", **options}
    source().coalesce(2).write.jdbc(flights.url, "target", mode=mode, properties=options)


def lake_checksum() -> str:
    return str(
        spark.table("lake.bench.target").selectExpr("count(*)", "sum(CAST(xxhash64(*) AS DECIMAL(38)))").collect()
    )


def database_checksum() -> str:
    return str(database.query("SELECT count(*), sum(hashtextextended(t::text, 0)) FROM target t"))


def lake_target() -> None:
    spark.sql("CREATE OR REPLACE TABLE lake.bench.target USING iceberg AS SELECT * FROM lake.bench.before")


def database_target(*, index: bool = False) -> None:
    statements = ["DROP TABLE IF EXISTS target", "CREATE TABLE target AS TABLE before"]
    statements += ["ALTER TABLE target ADD PRIMARY KEY (id)"] if index else []
    database.execute([*statements, "ANALYZE target"])


_LAKE, _DATABASE = (lake_target, lake_checksum), (database_target, database_checksum)
CASES: dict[str, tuple[tuple[Callable[[], None], Callable[[], str]], dict[str, Callable[[], object]]]] = {
    "lake append": (
        _LAKE,
        {
            "spark": lambda: source().writeTo("lake.bench.target").append(),
            "transfer": transfer("lake.bench.target", mode="append"),
            "checked": transfer("lake.bench.target", mode="append", checks=CHECKS),
        },
    ),
    "lake overwrite": (
        _LAKE,
        {
            "spark": lambda: spark.sql("INSERT OVERWRITE lake.bench.target SELECT * FROM lake.bench.source"),
            "transfer": transfer("lake.bench.target"),
        },
    ),
    "lake merge": (
        _LAKE,
        {"spark": lambda: spark.sql(MERGE), "transfer": transfer("lake.bench.target", **KEY)},
    ),
    "database append": (
        _DATABASE,
        {
            "spark": lambda: jdbc("append"),
            "transfer": to_database(mode="append"),
            "checked": to_database(mode="append", checks=CHECKS),
        },
    ),
    "database overwrite": (
        _DATABASE,
        {"spark": lambda: jdbc("overwrite", truncate="true"), "transfer": to_database()},
    ),
    "database merge": (_DATABASE, {"transfer": to_database(**KEY)}),
    "database merge, primary key": (
        (functools.partial(database_target, index=True), database_checksum),
        {"transfer": to_database(**KEY)},
    ),
}


def prepare(rows: int) -> None:
    """Makes the source, and the rows that the targets have before."""
    for table, first in (("before", 0), ("source", rows // 2)):
        made = spark.range(first, first + rows).selectExpr(*COLUMNS)
        made.writeTo(f"lake.bench.{table}").using("iceberg").createOrReplace()
    database.execute(["DROP TABLE IF EXISTS before"])
    run(["--source=lake.bench.before", "--target=public.before", "--target-connection=flights_db"])


def turn(rows: int, number: int) -> None:
    """Does all cases once; turn 0 is not counted."""
    for case, ((reset, checksum), ways) in CASES.items():
        sums = set()
        for way, write in ways.items():
            reset()
            os.environ["LONGSHORE_JOB_RUN"] = f"{rows}{case}{way}{number}"  # each appends once
            parts.clear()
            began = time.monotonic()
            write()
            seconds = time.monotonic() - began
            sums.add(checksum())
            if number:
                shown = {"rows": rows, "case": case, "way": way, "seconds": seconds, "parts": parts}
                print("BENCH", json.dumps(shown), flush=True)
        if len(sums) != 1:
            raise RuntimeError(f"{case}: not all have written the same rows: {sums}")


spark.sql("CREATE NAMESPACE IF NOT EXISTS lake.bench")
for count in map(int, sys.argv[2:]):
    prepare(count)
    for each in range(4 if count <= 100_000 else 2):
        if each or count <= 100_000:
            turn(count, each)
