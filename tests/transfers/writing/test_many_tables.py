"""Many tables in one job: each is a transfer of its own, and a retry moves only those that are missing."""

from typing import Any

import pytest
from embedded.transfers import to_lake
from pyiceberg.transforms import IdentityTransform

from transfers.conftest import World
from transfers.page import table

ONE = "d" * 32
"""A task instance."""
PATTERNS = table("Many tables in one job")


def many(tables: str, target: str, **options: str) -> list[str]:
    return to_lake("-", target, tables=tables, **{"engine": "auto", **options})


def made(world: World, schema: str, *statements: str) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}; {'; '.join(statements)}")
        connection.execute(
            f"GRANT USAGE ON SCHEMA {schema} TO flights; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO flights"
        )


def rows_of(world: World, name: str) -> list[Any]:
    return sorted(row["id"] for row in world.lake.load_table(name).scan().to_arrow().to_pylist())


def snapshots(world: World, *names: str) -> list[int]:
    return [len(world.lake.load_table(name).history()) for name in names]


def test_each_table_has_its_engine_and_its_result(world: World) -> None:
    made(
        world,
        "mixed",
        "CREATE TABLE a AS SELECT n AS id FROM generate_series(1, 3) n",
        "CREATE TABLE parts AS SELECT n AS id FROM generate_series(1, 4) n",
        'CREATE TABLE "My table" AS SELECT n AS id FROM generate_series(1, 5) n',
    )
    assert world.transfers.run(to_lake("mixed.parts", "lake.mixed.crm_parts", engine="copy"))["status"] == 0
    with world.lake.load_table("mixed.crm_parts").update_spec() as spec:
        spec.add_field("id", IdentityTransform())
    tables = '["mixed.a", "mixed.parts", "mixed.\\"My table\\""]'
    done = world.transfers.run(many(tables, "lake.mixed.crm_{table}"))
    assert done["status"] == 0, done["error"]
    assert {
        name: (one["engine"], one["sink"]["name"], one["sink"]["rows"]) for name, one in done["tables"].items()
    } == {
        "a": ("copy", "lake.mixed.crm_a", 3),
        "parts": ("spark", "lake.mixed.crm_parts", 4),
        "My table": ("copy", 'lake.mixed."crm_My table"', 5),
    }
    assert (done["source"], done["sink"], done["engine"]) == ({"rows": 12}, {"rows": 12}, "copy, spark")
    inputs = [each["name"] for each in done["datasets"]["inputs"]]
    assert inputs == ["flights.mixed.a", "flights.mixed.parts", "flights.mixed.My table"]
    assert [each["name"].rpartition("/")[2] for each in done["datasets"]["outputs"]] == [
        "crm_a",
        "crm_parts",
        "crm_My table",
    ]
    assert rows_of(world, "mixed.crm_parts") == [1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_a_table_that_fails_stops_no_other_and_a_retry_does_only_what_is_missing(world: World, mode: str) -> None:
    made(world, mode, "CREATE TABLE a AS SELECT 1 AS id", "CREATE TABLE c AS SELECT 3 AS id")
    tables = f'["{mode}.a", "{mode}.b", "{mode}.c"]'

    def attempt(generation: str) -> dict[str, Any]:
        key = f"{ONE}:{generation}"
        return world.transfers.run(many(tables, f"lake.{mode}.{{table}}", mode=mode, commit_key=key))

    failed = attempt("-")
    begin = "1 of 3 tables failed: b; the other 2 are written. b: The table "
    assert (failed["status"], failed["error"][: len(begin)]) == (1, begin)
    assert f"'{mode}.b' is not in the database" in failed["error"][:256]
    assert f"\nb: The table '{mode}.b' is not in the database" in world.transfers.log.read_text()
    assert snapshots(world, f"{mode}.a", f"{mode}.c") == [1, 1]

    made(world, mode, "CREATE TABLE b AS SELECT 2 AS id", "UPDATE a SET id = 10")
    retry = attempt("-")
    assert retry["status"] == 0, retry["error"]
    assert {name for name, one in retry["tables"].items() if "already_committed" in one} == {"a", "c"}
    assert retry["sink"]["rows"] == 1
    assert [rows_of(world, f"{mode}.{name}") for name in "abc"] == [[1], [2], [3]]
    assert snapshots(world, f"{mode}.a", f"{mode}.b", f"{mode}.c") == [1, 1, 1]

    cleared = attempt("00job1")
    assert cleared["status"] == 0, cleared["error"]
    assert cleared["sink"]["rows"] == 3
    assert [rows_of(world, f"{mode}.{name}") for name in "abc"] == [[10], [2], [3]]
    keys = [name for name in world.lake.load_table(f"{mode}.a").properties if name.startswith("longshore.commit.")]
    assert len(keys) == 1


def test_an_overwrite_of_one_table_forgets_the_key_that_it_had_among_many(world: World) -> None:
    made(world, "forgotten", "CREATE TABLE a AS SELECT 1 AS id")
    both = many('["forgotten.a"]', "lake.forgotten.{table}", commit_key=f"{ONE}:-")
    for engine in ("spark", "copy"):
        assert world.transfers.run(both)["sink"]["rows"] == 1
        other = to_lake("(SELECT 7 AS id)", "lake.forgotten.a", engine=engine)
        assert world.transfers.run(other)["status"] == 0
    assert world.transfers.run([*both, "--engine=spark"])["sink"]["rows"] == 1
    assert "already_committed" in world.transfers.run([*both, "--engine=spark"])["tables"]["a"]
    assert rows_of(world, "forgotten.a") == [1]


def test_a_merge_is_repeated(world: World) -> None:
    made(world, "merged_many", "CREATE TABLE a AS SELECT 1 AS id, 'x'::text AS name")
    merge = many('["merged_many.a"]', "lake.merged_many.{table}", mode="merge", key="id", commit_key=f"{ONE}:-")
    for _ in range(2):
        done = world.transfers.run(merge)
        assert (done["status"], done["engine"], done["sink"]["rows"]) == (0, "spark", 1), done["error"]
    assert rows_of(world, "merged_many.a") == [1]


@pytest.fixture(scope="module")
def _many(world: World) -> None:
    tables = [f"CREATE TABLE {name} AS SELECT 1 AS id" for name in ("air_2023", "airlines", '"Airports"', "boats")]
    parts = (
        "CREATE TABLE air_2024 (id int) PARTITION BY LIST (id)",
        "CREATE TABLE air_part PARTITION OF air_2024 DEFAULT",
    )
    others = "CREATE VIEW air_view AS SELECT 1 AS id", "CREATE TABLE _longshore_air AS SELECT 1 AS id"
    made(world, "many", *tables, *parts, *others)


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize(("pattern", "moves"), PATTERNS)
def test_a_pattern_moves_the_tables_that_the_page_says(world: World, pattern: str, moves: str) -> None:
    done = world.transfers.run(many(pattern, "lake.many.{table}"))
    if moves.startswith("refused"):
        assert (done["status"], moves.split("`")[1] in done["error"]) == (1, True), done["error"]
        return
    assert done["status"] == 0, done["error"]
    assert list(done["tables"]) == moves.split(", ")
