"""The cleaning removes what killed transfers leave, thing by thing, and nothing else."""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World

DATABASE = ["clean", "--connection=flights_db"]
LAKE = ["clean", "--lake=true"]
# A transfer that cannot drop its staging table is, to all others, one that was killed before it did.
KEEPING = """
CREATE FUNCTION public.keep_staging() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_name LIKE '\\_longshore\\_%') THEN
    RAISE 'kept';
  END IF;
END $$;
CREATE EVENT TRIGGER keep_staging ON sql_drop EXECUTE FUNCTION public.keep_staging();
"""


def _clean(world: World, *arguments: str) -> list[str]:
    """The lines that the application prints; the last one is its result."""
    outcome = world.transfers.run(list(arguments))
    assert outcome["status"] == 0, outcome
    return list(outcome["lines"])


def _result(line: str) -> dict[str, int]:
    return dict(json.loads(line.removeprefix("LONGSHORE_RESULT ")))


@contextmanager
def _written_to(world: World, database: str, *target: str) -> Iterator[None]:
    """Another session holds the lock of a target, as a transfer does while it writes."""
    key = hashlib.sha256("\0".join(("longshore", *target)).encode()).digest()[:8]
    with world.postgres.connect(database) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, "big", signed=True)])
        yield


def _staging(world: World) -> set[str]:
    with world.postgres.connect("flights") as connection:
        rows = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relname ~ '^_longshore_[a-z]+_[0-9a-f]'"
        )
        return {str(name) for (name,) in rows}


@pytest.fixture
def killed(world: World) -> list[str]:
    """The staging tables of two transfers that were killed, to `left.a` and `left.b`."""
    with world.postgres.connect("flights") as connection:
        connection.execute('DROP SCHEMA IF EXISTS left_rooms, "left" CASCADE')
        connection.execute('CREATE SCHEMA "left" AUTHORIZATION flights; CREATE TABLE "left".a (id int, name text)')
        connection.execute('CREATE TABLE "left".b (id int); ALTER TABLE "left".a OWNER TO flights')
        connection.execute('ALTER TABLE "left".b OWNER TO flights')
        connection.execute(KEEPING)
        try:
            world.transfers.run_all(
                {
                    "a": to_database("(SELECT 1 AS id, 'one' AS name)", '"left".a', mode="append"),
                    "b": to_database("(SELECT 1 AS id)", '"left".b', mode="append", staging_schema="left_rooms"),
                }
            )
        finally:
            connection.execute("DROP EVENT TRIGGER keep_staging; DROP FUNCTION public.keep_staging")
    return sorted(_staging(world))


def test_a_staging_table_of_a_killed_transfer_is_removed_and_one_in_use_is_left_alone(
    world: World, killed: list[str]
) -> None:
    a, b = killed
    assert a.startswith('"left"._longshore_a_')
    assert b.startswith("left_rooms._longshore_b_")
    with _written_to(world, "flights", "database", "left", "b"):
        would = _clean(world, *DATABASE, "--dry-run=true")
        assert set(killed) == _staging(world)
        lines = _clean(world, *DATABASE)
    assert would[0].startswith(f'would remove  {a}  (rows on their way to "left"."a", job run 0')
    assert lines[0].startswith(f'removed  {a}  (rows on their way to "left"."a", job run 0')
    assert lines[1].startswith(f"left alone  {b}  (")
    assert lines[1].endswith("): a transfer is writing to its target")
    assert [_result(would[-1]), _result(lines[-1])] == [
        {"removed": 0, "left_alone": 1, "would_remove": 1},
        {"removed": 1, "left_alone": 1},
    ]
    assert _staging(world) == {b}
    assert _result(_clean(world, *DATABASE)[-1]) == {"removed": 1, "left_alone": 0}
    assert _staging(world) == set()
    with world.postgres.connect("flights") as connection:
        assert connection.execute('SELECT id, name FROM "left".a').fetchall() == [(1, "one")]


def test_a_staging_table_of_another_role_is_left_alone_with_the_reason(world: World, killed: list[str]) -> None:
    a, b = killed
    with world.postgres.connect("flights") as connection:
        connection.execute(f"ALTER TABLE {a} OWNER TO CURRENT_USER; COMMENT ON TABLE {b} IS 'mine'")
        # A schema's owner may drop all that is in it.
        connection.execute('ALTER SCHEMA "left" OWNER TO CURRENT_USER; GRANT USAGE ON SCHEMA "left" TO flights')
        lines = _clean(world, *DATABASE)
        assert "): it cannot be dropped: must be owner of table _longshore_a_" in lines[0]
        assert _result(lines[-1]) == {"removed": 0, "left_alone": 1}
        assert set(killed) == _staging(world)
        connection.execute(f"DROP TABLE {a}, {b}")


@dataclass(frozen=True)
class Swept:
    """A namespace of the lake with all that killed transfers and users may have left in it, and how it was cleaned."""

    folder: Path
    before: frozenset[Path]
    """All files, with those to be removed."""
    orphans: dict[str, set[Path]]
    """By table: what a killed transfer to it has left."""
    in_use: list[str]
    """The lines while transfers write to two of the tables."""
    dry: list[str]
    lines: list[str]
    after: frozenset[Path]


TABLE = 'lake.swept."my % table"'
YOUNG = "data/young.parquet"


def _files(folder: Path) -> frozenset[Path]:
    return frozenset(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".crc")


def _orphans(folder: Path) -> set[Path]:
    """Files of every kind that a killed transfer leaves, beside those that are there."""
    made = set()
    for kind in ("data/*.parquet", "metadata/snap-*.avro", "metadata/*-m0.avro", "metadata/*.metadata.json"):
        there = next(folder.glob(kind))
        made.add(Path(shutil.copy(there, there.with_name(f"{uuid.uuid4()}-{there.name}"))))
    return made


@pytest.fixture(scope="module")
def swept(world: World) -> Swept:
    folder, lake = world.warehouse / "swept", world.lake
    world.transfers.run_all(
        {
            "first": to_lake("(SELECT 1 AS id)", TABLE),
            "overwritten": to_lake("(SELECT 2 AS id)", TABLE),
            "appended": to_lake("(SELECT 3 AS id)", TABLE, mode="append"),
            "uncollected": to_lake("(SELECT 1 AS id)", "lake.swept.uncollected"),
            "renamed": to_lake("(SELECT 1 AS id)", "lake.swept.old"),
        }
    )
    with lake.load_table("swept.uncollected").transaction() as change:
        change.set_properties({"gc.enabled": "false"})
    lake.rename_table("swept.old", "swept.new")
    world.transfers.run(to_lake("(SELECT 2 AS id)", "lake.swept.old"))
    orphans = {name: _orphans(folder / name) for name in ("my % table", "uncollected")}
    never = folder / "never" / "data" / "d=1" / f"00000-0-{uuid.uuid4()}-0-00001.parquet"
    incoming = folder / "incoming" / "data" / "rows.parquet"
    for path in (never, incoming):
        path.parent.mkdir(parents=True)
        path.touch()
    shutil.copytree(folder / "my % table", folder / "dropped")
    # As an environment's table is, seen from the shared lake.
    other = world.warehouse / "env_other" / "raw" / "t"
    lake.create_namespace("env_other.raw")
    lake.create_table("env_other.raw.t", pa.schema([("id", pa.int32())]), location=other.as_uri())
    (other / "data").mkdir()
    (other / "data" / "old.parquet").touch()
    before = _files(folder)
    for path in (*folder.rglob("*"), *other.rglob("*")):
        os.utime(path, times=(time.time() - 48 * 3600,) * 2)
    (folder / "my % table" / YOUNG).touch()
    with (
        _written_to(world, "lake_catalog", "lake", "", "swept", "my % table"),
        _written_to(world, "lake_catalog", "lake", "", "swept", "never"),
    ):
        in_use = _clean(world, *LAKE)
    outcomes = world.transfers.run_all({"dry": [*LAKE, "--dry-run=true", "--older-than=47"], "lines": LAKE})
    dry, lines = (outcomes[name]["lines"] for name in ("dry", "lines"))
    orphans["never"] = {never}
    return Swept(folder, before, orphans, in_use, dry, lines, _files(folder))


def _ids(world: World, table: str, snapshot: int | None = None) -> list[int]:
    rows = world.lake.load_table(table).scan(snapshot_id=snapshot).to_arrow().to_pylist()
    return sorted(row["id"] for row in rows)


def _named(lines: list[str], done: str) -> set[Path]:
    """The files of the namespace that the lines are about."""
    named = [line.split("  ")[1] for line in lines if line.startswith(f"{done}  ") and "lake.swept." in line]
    return {Path(name.removeprefix("file:")) for name in named}


def test_files_of_killed_transfers_are_removed_and_all_others_stay(swept: Swept) -> None:
    leftovers = swept.orphans["my % table"] | swept.orphans["never"]
    assert _named(swept.lines, "removed") == leftovers
    assert swept.after == (swept.before - leftovers) | {swept.folder / "my % table" / YOUNG}


def test_a_dry_run_names_the_same_files_and_removes_none(swept: Swept) -> None:
    assert _named(swept.dry, "would remove") == _named(swept.lines, "removed")
    assert _result(swept.dry[-1])["removed"] == 0
    assert _result(swept.dry[-1])["would_remove"] == _result(swept.lines[-1])["removed"]


def test_files_of_a_target_that_is_written_to_are_left_alone(swept: Swept) -> None:
    assert f"left alone  4 files  ({TABLE}): a transfer is writing to it" in swept.in_use
    never = "left alone  1 file  (lake.swept.never, which was never finished): a transfer is writing to it"
    assert never in swept.in_use
    assert _named(swept.in_use, "removed") == set()


def test_a_table_has_its_rows_and_its_history_afterwards(world: World, swept: Swept) -> None:
    assert _ids(world, "swept.my % table") == [2, 3]
    first = world.lake.load_table("swept.my % table").snapshots()[0]
    assert _ids(world, "swept.my % table", first.snapshot_id) == [1]


def test_files_that_another_table_has_in_the_same_folder_are_left_alone(world: World, swept: Swept) -> None:
    why = "(lake.swept.old): lake.swept.new has files in the same folder"
    assert [line for line in swept.lines if line.endswith(why)]
    assert (_ids(world, "swept.old"), _ids(world, "swept.new")) == ([2], [1])


def test_an_environments_tables_are_its_own_to_clean(world: World, swept: Swept) -> None:
    assert (world.warehouse / "env_other" / "raw" / "t" / "data" / "old.parquet").exists()
    assert not [line for line in swept.lines if "env_other" in line]


def test_what_iceberg_may_not_delete_is_left_alone(swept: Swept) -> None:
    assert "left alone  lake.swept.uncollected  (table): its property gc.enabled is false" in swept.lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clean"], "There is nothing to clean: give --connection NAME, --lake true, or both."),
        ([*LAKE, "--older-than=0"], "--older-than is '0'; it must be a whole number of hours, at least 1"),
        (["clean", "--connection=other"], "The connection 'other' is not known to this job"),
    ],
)
def test_what_cannot_be_cleaned_is_refused_by_name(world: World, arguments: list[str], message: str) -> None:
    outcome = world.transfers.run(arguments)
    assert outcome["status"] == 1
    assert message in outcome["error"]
