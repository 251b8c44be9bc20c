"""A hot standby as a source: one state, or a failure that says what the standby did."""

import threading
from collections.abc import Iterator

import pytest
from embedded.transfers import to_database, to_lake
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres
from support.waiting import until

from transfers.conftest import World

from .conftest import OLDEST
from .standby import start_standby
from .versions import build

ROWS = 4000


@pytest.fixture(scope="module")
def standby(world: World, oldest: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A standby of the server of the oldest version, which waits for no reader; its connection is `standby_db`."""
    folder = tmp_path_factory.mktemp("standby")
    with oldest.connect("flights") as connection:
        connection.execute(
            f"SET ROLE flights; CREATE TABLE ledger AS SELECT n AS id FROM generate_series(1, {ROWS}) n;"
            "CREATE UNLOGGED TABLE passing (id int);"
            # Readers take their time. The function is said to be immutable: else there would be one reader.
            "CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql "
            "AS 'BEGIN PERFORM pg_sleep(0.003); RETURN $1; END';"
            "CREATE VIEW slow AS SELECT id, slowly(id) AS slept FROM ledger"
        )
    with supervised(folder) as processes:
        postgres = start_standby(processes, folder / "data", oldest, build(OLDEST), max_standby_streaming_delay="100ms")
        world.connection("standby_db", port=postgres.port)
        yield postgres


def from_standby(source: str, target: str) -> list[str]:
    options = {"source_connection": "standby_db", "partitions": "4", "partition_column": "id"}
    return to_lake(source, f"lake.standby.{target}", **options)


def test_several_readers_see_one_state_of_a_standby(world: World, standby: Postgres) -> None:
    done = world.transfers.run(from_standby("ledger", "ledger"))
    assert (done["status"], done["partitions"]) == (0, 4), done["error"]
    ids = world.lake.load_table("standby.ledger").scan().to_arrow().column("id").to_pylist()
    assert sorted(ids) == list(range(1, ROWS + 1))


def test_an_unlogged_table_and_a_target_are_refused_by_name(world: World, standby: Postgres) -> None:
    done = world.transfers.run(from_standby("passing", "never"))
    assert "The table 'passing' is unlogged, so that this standby has no rows of it" in done["error"]
    done = world.transfers.run(to_database("(SELECT 1 AS id)", "public.t", target_connection="standby_db"))
    assert "The database of the target 'public.t' is a standby, which takes no writes" in done["error"]


def test_rows_that_the_standby_removes_while_they_are_read_end_the_transfer_with_that_reason(
    world: World, oldest: Postgres, standby: Postgres
) -> None:
    over = threading.Event()

    def remove() -> None:
        reading = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND state = 'active'"
        with standby.connect("flights") as there, oldest.connect("flights") as here:
            until("a reader reads", lambda: over.is_set() or there.execute(reading).fetchone(), every=0.05)
            here.execute("DELETE FROM ledger WHERE id % 2 = 0")
            here.execute("VACUUM ledger")

    thread = threading.Thread(target=remove)
    thread.start()
    done = world.transfers.run(from_standby("slow", "never"))
    over.set()
    thread.join()
    assert done["status"] == 1
    assert "raise its max_standby_streaming_delay" in done["error"]
