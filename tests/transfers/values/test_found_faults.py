"""Faults that `test_any_mode` has found once."""

from embedded.transfers import to_database, to_lake
from pyiceberg.schema import Schema
from pyiceberg.types import FixedType, IntegerType, NestedField, StringType, UUIDType

from transfers.conftest import World


def test_checks_see_columns_whatever_their_names_are_in_files(world: World) -> None:
    source = """(SELECT 1 AS "dot.ted", 2 AS "Größe", 3 AS "2024")"""
    checks = '[{"not_null": ["dot.ted", "Größe"]}, {"between": {"column": "2024", "min": 3}}]'
    outcome = world.transfers.run(to_lake(source, "lake.found.named", checks=checks))
    assert outcome["status"] == 0, outcome
    outcome = world.transfers.run(
        to_lake(source, "lake.found.named", checks='[{"between": {"column": "Größe", "max": 1}}]')
    )
    assert "between of 'Größe' (max 1): 1 row, such as Größe=2, dot.ted=1" in outcome["error"]


def test_a_merge_with_a_null_for_a_required_column_adds_no_column(world: World) -> None:
    world.transfers.run(to_lake("(SELECT 1 AS id)", "lake.found.first"))
    columns = NestedField(1, "id", IntegerType(), required=False), NestedField(2, "name", StringType(), required=True)
    made = world.lake.create_table("found.required", Schema(*columns))
    outcome = world.transfers.run(
        to_lake("(SELECT 1 AS id, NULL::text AS name, 2 AS more)", "lake.found.required", mode="merge", key="id")
    )
    assert "has a NULL in the column 'name', which may not be NULL in the table" in outcome["error"]
    assert made.refresh().schema().column_names == ["id", "name"]


def test_a_refusal_says_a_name_as_it_is(world: World) -> None:
    world.transfers.run(to_lake("(SELECT 1 AS id)", "lake.found.first"))
    made = world.lake.create_table("found.ticks", Schema(NestedField(1, "tick`s  `.` on", StringType(), required=True)))
    outcome = world.transfers.run(to_lake("""(SELECT NULL::text AS "tick`s  `.` on")""", "lake.found.ticks"))
    assert outcome["error"] == (
        "The source of 'lake.found.ticks' has a NULL in the column 'tick`s  `.` on', which may not be NULL in the "
        "table; replace it by SQL, or make the column optional in the table."
    )
    assert made.refresh().scan().count() == 0


def test_a_merge_that_deletes_finds_columns_that_were_renamed_after_the_last_write(world: World) -> None:
    rows = "(SELECT n AS id, 'a'::text AS name, 'mine'::text AS note FROM generate_series(1, 2) n)"
    world.transfers.run(to_lake(rows, "lake.found.renamed"))
    with world.lake.load_table("found.renamed").update_schema() as schema:
        schema.rename_column("note", "remark")
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE TABLE renamed AS SELECT 2 AS id, 'b'::text AS name UNION SELECT 3, 'c'")
        connection.execute("GRANT SELECT ON renamed TO flights")
    outcome = world.transfers.run(
        to_lake("renamed", "lake.found.renamed", mode="merge", key="id", delete_missing="true")
    )
    assert outcome["status"] == 0, outcome
    found = world.lake.load_table("found.renamed").scan().to_arrow().to_pylist()
    assert sorted(tuple(row.values()) for row in found) == [(2, "b", "mine"), (3, "c", None)]


def test_a_merge_of_two_texts_that_are_one_uuid_is_refused(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE SCHEMA found AUTHORIZATION flights; SET ROLE flights")
        connection.execute("CREATE TABLE found.uuids (id uuid, n int)")
    one = "6d0fa0b5-4a1c-4a6b-9d7e-0123456789ab"
    source = f"(SELECT '{one}' AS id, 1 AS n UNION ALL SELECT '{one.upper()}', 2)"
    outcome = world.transfers.run(to_database(source, "found.uuids", mode="merge", key="id"))
    assert f"has several rows of one key (id={one}); make the key unique" in outcome["error"]


def test_columns_of_the_lake_that_are_uuid_or_fixed_take_values_as_they_are_or_not_at_all(world: World) -> None:
    world.transfers.run(to_lake("(SELECT 1 AS id)", "lake.found.first"))
    columns = NestedField(1, "id", UUIDType(), required=False), NestedField(2, "raw", FixedType(2), required=False)
    made = world.lake.create_table("found.kinds", Schema(*columns))
    one = "6d0fa0b5-4a1c-4a6b-9d7e-0123456789ab"
    merge = {"mode": "merge", "key": "id"}
    outcomes = world.transfers.run_all(
        {
            "first": to_lake(f"(SELECT '{one}' AS id, '\\x0001'::bytea AS raw)", "lake.found.kinds", **merge),
            "again": to_lake(f"(SELECT '{one.upper()}' AS id, '\\x0002'::bytea AS raw)", "lake.found.kinds", **merge),
            "short": to_lake("(SELECT '1-1-1-1-1' AS id)", "lake.found.kinds", mode="append"),
            "text": to_lake("(SELECT 'x' AS id, 4 AS more)", "lake.found.kinds", **merge),
            "byte": to_lake("(SELECT '\\x00'::bytea AS raw)", "lake.found.kinds", mode="append"),
        }
    )
    told = "of the table 'lake.found.kinds' is"
    assert f"The column 'id' {told} uuid, and the source has 1-1-1-1-1, which" in outcomes["short"]["error"], outcomes
    assert f"The column 'id' {told} uuid, and the source has x, which" in outcomes["text"]["error"]
    assert f"The column 'raw' {told} fixed[2], and the source has 1 bytes, which" in outcomes["byte"]["error"]
    made.refresh()
    assert made.schema().column_names == ["id", "raw"]
    assert [(str(row["id"]), row["raw"]) for row in made.scan().to_arrow().to_pylist()] == [(one, b"\0\x02")]


def test_columns_that_spark_reads_as_one_are_refused_in_one_source_and_meet_in_a_merge(world: World) -> None:
    outcome = world.transfers.run(to_lake('(SELECT 1 AS i, 2 AS "ı")', "lake.found.dotless"))
    assert "has the columns 'i' and 'ı', which the lake cannot tell apart" in outcome["error"]
    outcome = world.transfers.run(to_lake('(SELECT 1 AS "ı", 2 AS n)', "lake.found.dotless"))
    assert outcome["status"] == 0, outcome
    outcome = world.transfers.run(
        to_lake("(SELECT 1 AS i, 3 AS n UNION SELECT 2, 4)", "lake.found.dotless", mode="merge", key="i")
    )
    assert outcome["status"] == 0, outcome
    found = world.lake.load_table("found.dotless").scan().to_arrow()
    assert found.column_names == ["ı", "n"]
    assert sorted(tuple(row.values()) for row in found.to_pylist()) == [(1, 3), (2, 4)]
