"""The engine without a Spark session writes by the same rules, or says what only Spark does."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from embedded.transfers import to_database, to_lake
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IntegerType, NestedField, UUIDType

from transfers.conftest import World
from transfers.page import table
from transfers.writing.test_any_layout import make_with_defaults

ENGINES = table("Engines")
ONE = "c" * 32
"""A task instance."""
VALUES = (
    "n AS id, n * 1.25 AS price, n / 3.0::float8 AS mean, timestamptz '2024-01-01 00:00Z' + n * interval '1 s' AS at, "
    "date '2024-01-01' + n AS day, CASE WHEN n % 3 > 0 THEN 'text ' || n END AS note, ARRAY[n, NULL] AS many"
)
ROWS = f"(SELECT {VALUES} FROM generate_series(1, 1000) n)"
PRICE = '{"price": "decimal(12,2)"}'


def rows_of(world: World, table: str, column: str = "id") -> list[Any]:
    return sorted(row[column] for row in world.lake.load_table(table).scan().to_arrow().to_pylist())


def test_its_files_have_the_metrics_and_the_field_ids_that_sparks_have(world: World) -> None:
    found = {}
    for engine in ("spark", "copy"):
        done = world.transfers.run(to_lake(ROWS, f"lake.copy.files_{engine}", engine=engine, columns=PRICE))
        assert done["status"] == 0, done["error"]
        table = world.lake.load_table(f"copy.files_{engine}")
        (task,) = table.scan().plan_files()
        file, facts = task.file, table.current_snapshot()
        assert facts is not None
        assert facts.summary is not None
        found[engine] = {
            "schema": str(table.schema()),
            "properties": {name: value for name, value in table.properties.items() if "commit" not in name},
            "counts": (file.record_count, file.value_counts, file.null_value_counts, file.nan_value_counts),
            "bounds": (file.lower_bounds, file.upper_bounds),
            "columns_with_sizes": set(file.column_sizes),
            "place": Path(file.file_path).parent.name,
            "total": facts.summary["total-records"],
            "rows": sorted(map(str, table.scan().to_arrow().to_pylist())),
        }
    assert found["copy"] == found["spark"]


def test_an_append_is_committed_once_and_replaces_its_own_rows(world: World) -> None:
    def append(number: int, generation: str) -> list[str]:
        key = f"{ONE}:{generation}"
        query = f"(SELECT {number} AS id)"
        return to_lake(query, "lake.copy.once", mode="append", commit_key=key, engine="copy")

    outcomes = world.transfers.run_all(
        {
            "first": append(1, "-"),
            "again": append(2, "-"),
            "another task by Spark": to_lake("(SELECT 3 AS id)", "lake.copy.once", mode="append"),
            "cleared after success": append(4, "00job1"),
        }
    )
    assert "already_committed" in outcomes["again"]
    assert outcomes["again"]["sink"]["rows"] == 0
    assert outcomes["cleared after success"]["sink"] == {"name": "lake.copy.once", "rows": 1, "total_rows": 2}
    assert rows_of(world, "copy.once") == [3, 4]


def test_an_overwrite_widens_and_adds_columns_and_keeps_all_else(world: World) -> None:
    first = "(SELECT 1 AS id, 1.5::real AS mean, 'a'::text AS name)"
    world.transfers.run(to_lake(first, "lake.copy.kept", engine="copy"))
    with world.lake.load_table("copy.kept").transaction() as transaction:
        transaction.set_properties({"write.parquet.compression-codec": "gzip", "mine": "yes"})
    before = world.lake.load_table("copy.kept")
    wider = '(SELECT n::bigint AS "ID", n * 0.1::float8 AS mean, n AS more FROM generate_series(1, 5) n)'
    done = world.transfers.run(to_lake(wider, "lake.copy.kept", engine="copy"))
    assert done["status"] == 0, done["error"]
    after = world.lake.load_table("copy.kept")
    assert after.metadata.table_uuid == before.metadata.table_uuid
    assert after.properties == before.properties
    assert [str(field.field_type) for field in after.schema().fields] == ["long", "double", "string", "int"]
    assert [field.field_id for field in before.schema().fields] == [1, 2, 3]
    assert after.scan().to_arrow().to_pylist() == [
        {"id": n, "mean": n * 0.1, "name": None, "more": n} for n in range(1, 6)
    ]
    (task,) = after.scan().plan_files()
    path = task.file.file_path.removeprefix("file:")
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "GZIP"
    refused = world.transfers.run(to_lake("(SELECT 'x'::text AS id)", "lake.copy.kept", engine="copy"))
    assert "The column id is string in the source" in refused["error"]
    assert len(after.history()) == len(world.lake.load_table("copy.kept").history())


def test_no_rows_make_an_empty_table(world: World) -> None:
    done = world.transfers.run(to_lake("(SELECT 1 AS id WHERE false)", "lake.copy.empty", engine="copy"))
    assert done["status"] == 0, done["error"]
    assert (done["source"]["rows"], done["sink"]["rows"]) == (0, 0)
    assert rows_of(world, "copy.empty") == []


@dataclass(frozen=True)
class Case:
    """A transfer that only Spark does."""

    target: str
    options: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def cases(world: World) -> dict[str, Case]:
    """By what the page calls it."""
    first = "(SELECT 1 AS id, 'a'::text AS name)"
    for name in ("parts", "needed", "orc"):
        world.transfers.run(to_lake(first, f"lake.copy.{name}", engine="copy"))
    with world.lake.load_table("copy.parts").update_spec() as spec:
        spec.add_field("name", IdentityTransform())
    with world.lake.load_table("copy.needed").update_schema(allow_incompatible_changes=True) as schema:
        schema.update_column("name", required=True)
    with world.lake.load_table("copy.orc").transaction() as transaction:
        transaction.set_properties({"write.format.default": "orc"})
    make_with_defaults(world, "copied", required=False)
    columns = NestedField(1, "id", IntegerType(), required=False), NestedField(2, "name", UUIDType(), required=False)
    world.lake.create_table("copy.uuid", Schema(*columns))
    return {
        "merge": Case("lake.copy.new", {"mode": "merge", "key": "id"}),
        "any mode with checks": Case("lake.copy.new", {"checks": '[{"not_null": ["id"]}]'}),
        "to a table with partitions or a sort order": Case("lake.copy.parts"),
        "to a table with a column that may not be NULL": Case("lake.copy.needed"),
        "to a table whose files are ORC or Avro": Case("lake.copy.orc"),
        "of rows that lack a column with a default": Case("lake.layout.copied"),
        "of text to a column of UUIDs": Case("lake.copy.uuid"),
    }


def test_what_only_spark_does_is_refused_as_the_page_says_or_left_to_spark(
    world: World, cases: dict[str, Case]
) -> None:
    pages = {what: said for what, said in ENGINES if said != "yes"}
    between = "to a database, or from the lake"
    assert pages.keys() == cases.keys() | {between}
    rows = "(SELECT 2 AS id, 'a2f1c0de-0000-4000-8000-000000000002'::text AS name)"
    for what, case in cases.items():
        refused = world.transfers.run(to_lake(rows, case.target, engine="copy", **case.options))
        assert refused["status"] == 1
        assert "The engine 'copy' cannot do this transfer: " in refused["error"]
        assert f"{pages[what]}; use the engine 'auto' or 'spark'" in refused["error"]
    assert pages[between] in world.transfers.run(to_database("lake.copy.parts", "public.x", engine="copy"))["error"]
    assert not world.lake.table_exists("copy.new")
    for what in ("to a table with partitions or a sort order", "of text to a column of UUIDs"):
        done = world.transfers.run(to_lake(rows, cases[what].target, engine="auto"))
        assert (done["status"], done["engine"]) == (0, "spark"), done["error"]
        assert f"{pages[what]}.\n" in world.transfers.log.read_text()
        assert rows_of(world, cases[what].target.removeprefix("lake.")) == [2]


def test_nothing_is_left_of_a_read_that_fails(world: World) -> None:
    query = "(SELECT 1 / (50000 - n) AS id, repeat('x', 100) AS pad FROM generate_series(1, 50000) n)"
    failed = world.transfers.run(to_lake(query, "lake.copy.failed", engine="copy"))
    assert "division by zero" in failed["error"]
    assert not world.lake.table_exists("copy.failed")
    assert [path for path in (world.warehouse / "copy" / "failed").rglob("*") if path.is_file()] == []
