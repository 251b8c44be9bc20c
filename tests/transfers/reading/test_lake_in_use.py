"""A lake source is read as of one moment, whatever is written to it meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from embedded.transfers import to_database, to_lake
from support.waiting import until

from transfers.conftest import World

QUERY = """(
    SELECT id, name FROM lake.moving.one UNION ALL SELECT id, name FROM (
        WITH w AS (SELECT * FROM `lake`.moving.`other`)
        SELECT * FROM w WHERE EXISTS (SELECT 1 FROM lake.moving.one AS o WHERE o.id = w.id)
    )
)"""


@pytest.mark.parametrize("source", ["lake.moving.other", QUERY])
@pytest.mark.parametrize("mode", ["overwrite", "merge"])
def test_a_source_is_read_as_it_was_when_the_transfer_began(world: World, source: str, mode: str) -> None:
    for name in ("one", "other"):
        done = world.transfers.run(to_lake(f"(SELECT 1 AS id, '{name}' AS name)", f"lake.moving.{name}"))
        assert done["status"] == 0, done["error"]
    before = ["one", "other"] if source == QUERY else ["other"]
    with world.postgres.connect("flights") as holder, ThreadPoolExecutor() as pool:
        holder.execute("CREATE SCHEMA moving AUTHORIZATION flights")
        # The transfer has its source, and cannot make the table in which its rows wait.
        with holder.transaction(force_rollback=True):
            holder.execute("LOCK TABLE pg_catalog.pg_class IN SHARE MODE")
            options = {"mode": "merge", "key": "name"} if mode == "merge" else {}
            transfer = pool.submit(world.transfers.run, to_database(source, "moving.moved", **options))
            until("the transfer waits for its staging table", lambda: _waits(world))
            world.lake.load_table("moving.other").append(pa.table({"id": pa.array([1], pa.int32()), "name": ["new"]}))
        done = transfer.result()
        assert done["status"] == 0, done["error"]
        assert sorted(name for (name,) in holder.execute("SELECT name FROM moving.moved")) == before
        holder.execute("DROP SCHEMA moving CASCADE")


def test_a_table_whose_columns_were_changed_after_its_last_snapshot_is_read_as_it_is(world: World) -> None:
    done = world.transfers.run(to_lake("(SELECT 1 AS a, 2 AS b, 's' AS secret)", "lake.moving.changed"))
    assert done["status"] == 0, done["error"]
    table = world.lake.load_table("moving.changed")
    with table.update_schema() as update:
        update.rename_column("a", "c")
        update.delete_column("secret")
    with table.update_schema() as update:
        update.rename_column("b", "a")
    for source in ("lake.moving.changed", "(SELECT a, c FROM lake.moving.changed)"):
        done = world.transfers.run(to_lake(source, "lake.moving.copied", source_connection="-"))
        assert done["status"] == 0, done["error"]
        assert world.lake.load_table("moving.copied").scan().to_arrow().to_pylist() == [{"c": 1, "a": 2}]


def test_sql_of_spark_is_taken_as_it_is_written(world: World) -> None:
    source = "(SELECT '${spark.master}' AS `${a}`, '${env:LONGSHORE_JOB_RUN}' AS b)"
    done = world.transfers.run(to_lake(source, "lake.moving.written", source_connection="-"))
    assert done["status"] == 0, done["error"]
    found = world.lake.load_table("moving.written").scan().to_arrow().to_pylist()
    assert found == [{"${a}": "${spark.master}", "b": "${env:LONGSHORE_JOB_RUN}"}]


def _waits(world: World) -> bool:
    with world.postgres.connect("flights") as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE query ~ '^CREATE TABLE' AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None
