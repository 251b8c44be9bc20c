"""Tables of the lake whose owners have chosen a sort order, a format, a default of a column, or a view instead."""

import json
from pathlib import Path

import pytest
from embedded.transfers import to_lake
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import IntegerType, NestedField, StringType

from transfers.conftest import World

_SCHEMA = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "name", StringType()))
_ROWS = "(SELECT n AS id, 'a'::text AS name FROM generate_series(1, 100) n)"
_CHECKS = '[{"row_count": {"max": 100}}, {"row_count": "source"}]'


@pytest.fixture(scope="module", autouse=True)
def _catalog(world: World) -> None:
    assert world.transfers.run(to_lake("(SELECT 1 AS id)", "lake.layout.first"))["status"] == 0


def _rows(world: World, table: str) -> list[dict[str, object]]:
    return sorted(world.lake.load_table(table).scan().to_arrow().to_pylist(), key=lambda row: str(row["id"]))


def test_rows_of_a_sorted_table_are_counted_once(world: World) -> None:
    """Spark reads them twice: to find the ranges that it sorts by, and to write them."""
    order = SortOrder(SortField(2, IdentityTransform()))
    world.lake.create_table("layout.sorted", _SCHEMA, sort_order=order, properties={"write.distribution-mode": "range"})
    outcomes = world.transfers.run_all(
        {mode: to_lake(_ROWS, "lake.layout.sorted", mode=mode, checks=_CHECKS) for mode in ("append", "overwrite")}
    )
    for outcome in outcomes.values():
        assert outcome["source"]["rows"] == outcome["sink"]["rows"] == outcome["sink"]["total_rows"] == 100
    assert world.lake.load_table("layout.sorted").sort_order() == order


def test_checks_of_files_that_spark_does_not_read_are_refused_with_the_way_out(world: World) -> None:
    world.lake.create_table("layout.avro", _SCHEMA, properties={"write.format.default": "avro"})
    outcomes = world.transfers.run_all(
        {
            "checked": to_lake("(SELECT 1 AS id)", "lake.layout.avro", mode="append", checks=_CHECKS),
            "merged": to_lake("(SELECT 1 AS id)", "lake.layout.avro", mode="merge", key="id", checks=_CHECKS),
        }
    )
    assert "'lake.layout.avro' has files of the format 'avro' (write.format.default)" in outcomes["checked"]["error"]
    assert "leave the checks out, or use parquet or orc" in outcomes["checked"]["error"]
    assert outcomes["merged"]["sink"]["total_rows"] == 1


@pytest.mark.parametrize("mode", ["append", "overwrite", "merge"])
def test_a_view_is_no_target(world: World, mode: str) -> None:
    key = {"key": "id"} if mode == "merge" else {}
    outcomes = world.transfers.run_all(
        {
            "view": ["sql", "CREATE OR REPLACE VIEW lake.layout.seen AS SELECT 1 AS id"],
            "transfer": to_lake("(SELECT 1 AS id)", "lake.layout.seen", mode=mode, **key),
        }
    )
    assert outcomes["view"] == {}
    assert outcomes["transfer"]["error"] == "The target 'lake.layout.seen' is a view; name a table."


def test_new_rows_have_the_defaults_of_columns_that_are_not_given(world: World) -> None:
    _make_with_defaults(world, "defaults")
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE TABLE whole_ids AS VALUES (1), (4); ALTER TABLE whole_ids RENAME column1 TO id")
        connection.execute("GRANT SELECT ON whole_ids TO flights")
    target = "lake.layout.defaults"
    outcomes = world.transfers.run_all(
        {
            "given": to_lake("(SELECT 1 AS id, NULL::text AS name, 'x'::text AS kind)", target, mode="append"),
            "append": to_lake("(SELECT 2 AS id)", target, mode="append"),
            "merge": to_lake("(SELECT 2 AS id UNION ALL SELECT 3)", target, mode="merge", key="id"),
        }
    )
    assert not [outcome for outcome in outcomes.values() if "error" in outcome], outcomes
    default = {"name": "it's new", "kind": "k"}
    old = {"id": 1, "name": None, "kind": "x"}
    assert _rows(world, "layout.defaults") == [old, {"id": 2, **default}, {"id": 3, **default}]
    outcome = world.transfers.run(to_lake("whole_ids", target, mode="merge", key="id", delete_missing="true"))
    assert outcome["status"] == 0, outcome
    assert _rows(world, "layout.defaults") == [old, {"id": 4, **default}]


def _make_with_defaults(world: World, name: str) -> None:
    """Makes a table of format 3 whose columns have write defaults: by its metadata's file, for pyiceberg cannot."""
    fields = [
        NestedField(1, "id", IntegerType()),
        NestedField(2, "name", StringType()),
        NestedField(3, "kind", StringType(), required=True),
    ]
    made = world.lake.create_table(f"layout.{name}", Schema(*fields))
    location = made.metadata_location
    content = json.loads(Path(location.removeprefix("file://")).read_text())
    content |= {"format-version": 3, "next-row-id": 0}
    for field, default in zip(content["schemas"][0]["fields"][1:], ("it's new", "k"), strict=True):
        field["write-default"] = default
    changed = location.replace("00000-", "00001-")
    Path(changed.removeprefix("file://")).write_text(json.dumps(content))
    with world.postgres.connect("lake_catalog") as catalog:
        catalog.execute(
            "UPDATE iceberg_tables SET metadata_location = %s, previous_metadata_location = %s WHERE table_name = %s",
            [changed, location, name],
        )
