"""A transfer keeps what other programs commit between its first look at the target and its commit, or it fails.

All transfers of a place run one after another in one session. Each is held before its commit until another program has
done its work.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from embedded.transfers import to_database, to_lake
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import IntegerType, NestedField, StringType

from transfers.conftest import World
from transfers.places import Place, after, hold

_MODES = ("append", "overwrite", "merge")
_OLD, _GIVEN, _FOREIGN = [(1, "old"), (2, "old")], [(2, "new"), (3, "new")], [(9, "foreign")]
_SCHEMA = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "name", StringType()))
_ALL = set(_MODES)


def _rows(rows: list[tuple[int, str]]) -> pa.Table:
    ids, names = zip(*rows, strict=True)
    return pa.table({"id": pa.array(ids, pa.int32()), "name": pa.array(names, pa.string())})


def _make(world: World, name: str) -> None:
    world.lake.create_table(name, _SCHEMA).append(_rows(_FOREIGN))


def _append(world: World, name: str) -> None:
    table = world.lake.load_table(name)
    table.append(_rows(_FOREIGN))
    with table.transaction() as transaction:
        transaction.set_properties({"mine": "yes"})


def _change_columns(world: World, name: str) -> None:
    with world.lake.load_table(name).update_schema() as schema:
        schema.delete_column("name")
    with world.lake.load_table(name).update_schema() as schema:
        schema.add_column("name", StringType())


def _make_anew(world: World, name: str) -> None:
    world.lake.drop_table(name)
    _make(world, name)


LAKE: dict[str, tuple[Callable[[World, str], object], set[str]]] = {
    "append": (_append, {"overwrite"}),
    "overwrite": (lambda world, name: world.lake.load_table(name).overwrite(_rows(_FOREIGN)), {"overwrite"}),
    "change_columns": (_change_columns, _ALL),
    "make": (_make, _ALL),
    "make_anew": (_make_anew, _ALL),
    "drop": (lambda world, name: world.lake.drop_table(name), _ALL),
}
"""The things that another program does to a table, and the modes of transfers that must fail then."""
_NEW = "CREATE TABLE {t} (id int, name text); INSERT INTO {t} VALUES (9, 'foreign'); ALTER TABLE {t} OWNER TO flights"
DATABASE = {
    "insert": ("INSERT INTO {t} VALUES (9, 'foreign')", {"overwrite"}),
    "insert_later": ("INSERT INTO {t} VALUES (9, 'foreign'); COMMIT", {"overwrite"}),
    "update": ("UPDATE {t} SET name = 'foreign' WHERE id = 1", {"overwrite"}),
    "delete": ("DELETE FROM {t} WHERE id = 1", set()),
    "other_type": ("ALTER TABLE {t} ALTER COLUMN name TYPE varchar(2) USING 'x'", _ALL),
    "attach": ("CREATE TABLE {t}_p PARTITION OF {t} FOR VALUES IN (9); INSERT INTO {t}_p VALUES (9, 'foreign')", _ALL),
    "make": (_NEW, _ALL),
    "make_anew": ("DROP TABLE {t};" + _NEW, _ALL),
    "drop": ("DROP TABLE {t}", _ALL),
}
"""The same, by SQL."""


@dataclass
class Between:
    """The outcomes of a place's transfers, by the other program's change and the mode."""

    outcomes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    before: dict[tuple[str, str], Any] = field(default_factory=dict)
    """The tables after the other program, and before the transfer's commit."""
    after: dict[tuple[str, str], Any] = field(default_factory=dict)


def _between(place: Place, works: list[str], work: Callable[[str, str], object], look: Callable[[str], Any]) -> Between:
    cases = {f"{name}_{mode}": (name, mode) for name in works for mode in _MODES}
    found = Between()
    with ThreadPoolExecutor() as pool, ExitStack() as locks:
        held = {table: locks.enter_context(hold(place.world)) for table in cases}
        transfers = {t: place.transfer(_GIVEN, t, mode, held=held[t].number) for t, (_, mode) in cases.items()}
        running = pool.submit(place.world.transfers.run_all, transfers)
        for table, case in cases.items():
            held[table].wait()
            work(case[0], table)
            found.before[case] = look(table)
            held[table].let_go()
        outcomes = running.result()
    found.outcomes = {case: outcomes[table] for table, case in cases.items()}
    found.after = {case: look(table) for table, case in cases.items()}
    return found


@pytest.fixture(scope="module")
def lake(world: World) -> Between:
    place, catalog = Place(world, "lake"), world.lake
    # The first transfer to a lake makes its catalog.
    assert world.transfers.run(place.transfer(_OLD, "first", "overwrite"))["status"] == 0
    for name in set(LAKE) - {"make"}:
        for mode in _MODES:
            catalog.create_table(f"writers.{name}_{mode}", _SCHEMA).append(_rows(_OLD))

    def look(table: str) -> Any:
        if not world.lake.table_exists(f"writers.{table}"):
            return None
        found: Table = world.lake.load_table(f"writers.{table}")
        rows = sorted(tuple(row.values()) for row in found.scan().to_arrow().to_pylist())
        own = {name: value for name, value in found.properties.items() if not name.startswith("longshore.")}
        history = {one.snapshot_id for one in found.snapshots()}
        return rows, history, (found.schema(), found.spec(), own, found.metadata.table_uuid)

    return _between(place, list(LAKE), lambda name, t: LAKE[name][0](world, f"writers.{t}"), look)


@pytest.fixture(scope="module")
def database(world: World) -> Between:
    place = Place(world, "database")
    # These have begun before the transfers, and written elsewhere in a part of theirs.
    opened: dict[str, psycopg.Connection[Any]] = {}
    with world.postgres.connect("flights") as admin, ExitStack() as sessions:
        for table in [f"insert_later_{mode}" for mode in _MODES]:
            opened[table] = sessions.enter_context(world.postgres.connect("flights"))
            opened[table].execute("BEGIN; SAVEPOINT part; CREATE TEMPORARY TABLE elsewhere ()")
        for name in set(DATABASE) - {"make"}:
            for mode in _MODES:
                t = f"writers.{name}_{mode}"
                by = f"PARTITION BY LIST (id); CREATE TABLE {t}_1 PARTITION OF {t} FOR VALUES IN (1, 2, 3)"
                admin.execute(
                    f"CREATE TABLE {t} (id int, name text) {by if name == 'attach' else ''}; ALTER TABLE {t} OWNER TO "
                    f"flights; INSERT INTO {t} VALUES (1, 'old'), (2, 'old')"  # type: ignore[arg-type]
                )

        def work(name: str, table: str) -> None:
            opened.get(table, admin).execute(DATABASE[name][0].format(t=f"writers.{table}"))  # type: ignore[arg-type]

        def look(table: str) -> Any:
            ((oid,),) = admin.execute("SELECT to_regclass(%s)::oid", [f"writers.{table}"]).fetchall()
            if oid is None:
                return None
            columns = admin.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s AND attnum > 0",
                [oid],
            )
            return place.rows(table), set(), (oid, columns.fetchall())

        return _between(place, list(DATABASE), work, look)


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("work", LAKE)
def test_what_is_done_to_a_table_of_the_lake_meanwhile_is_kept_or_the_transfer_fails(
    lake: Between, work: str, mode: str
) -> None:
    kept_or_failed(lake, (work, mode), fails=mode in LAKE[work][1])


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("work", DATABASE)
def test_what_is_done_to_a_table_of_a_database_meanwhile_is_kept_or_the_transfer_fails(
    database: Between, work: str, mode: str
) -> None:
    kept_or_failed(database, (work, mode), fails=mode in DATABASE[work][1])


def kept_or_failed(between: Between, case: tuple[str, str], *, fails: bool) -> None:
    outcome = between.outcomes[case]
    if fails:
        assert "another program" in outcome["error"].lower(), outcome
        assert "nothing was written. Run the transfer again" in outcome["error"]
        assert between.after[case] == between.before[case]
        return
    assert "error" not in outcome
    rows, history, definition = between.before[case]
    assert between.after[case][0] == after(rows, case[1], _GIVEN)
    assert between.after[case][1] >= history
    assert between.after[case][2] == definition


@pytest.mark.parametrize("name", ["lake", "database"])
def test_rows_that_others_add_meanwhile_are_not_deleted_as_missing(world: World, name: str) -> None:
    place, target = Place(world, name), f"writers.mirror_{name}"
    assert world.transfers.run(place.transfer(_OLD, f"mirror_{name}", "overwrite"))["status"] == 0
    with ThreadPoolExecutor() as pool, hold(world) as held, world.postgres.connect("flights") as admin:
        options = {"mode": "merge", "key": "id", "delete_missing": "true"}
        if name == "lake":
            lock = f"pg_advisory_xact_lock_shared({held.number})"
            admin.execute(
                f"CREATE VIEW writers.given AS SELECT v.* FROM (VALUES (2, 'new')) v(id, name), {lock};"
                "GRANT SELECT ON writers.given TO flights"  # type: ignore[arg-type]
            )
            running = pool.submit(world.transfers.run, to_lake("writers.given", f"lake.{target}", **options))
        else:
            given = Place(world, "lake").transfer(_GIVEN, "given", "overwrite")
            assert world.transfers.run(given)["status"] == 0
            options["checks"] = place.held_checks(held.number)
            running = pool.submit(world.transfers.run, to_database("lake.writers.given", target, **options))
        held.wait()
        if name == "lake":
            world.lake.load_table(target).append(_rows(_FOREIGN))
        else:
            admin.execute(f"INSERT INTO {target} VALUES (9, 'foreign')")  # type: ignore[arg-type]
        held.let_go()
        assert "another program" in running.result()["error"].lower()
    assert place.rows(f"mirror_{name}") == [*_OLD, *_FOREIGN]
