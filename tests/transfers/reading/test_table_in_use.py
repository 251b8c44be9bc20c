"""A table that others use while it is read: the lake has one state of it, or the transfer says why not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from embedded.transfers import to_lake
from support.waiting import until

from transfers.conftest import World

ROWS = 60_000


@pytest.fixture(scope="module")
def accounts(world: World) -> str:
    """A table of some thousand pages, whose balances have one sum in every committed state."""
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(
            "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint, pad text);"
            f"INSERT INTO accounts SELECT n, 100, repeat('x', 400) FROM generate_series(1, {ROWS}) n"
        )
    return "accounts"


@contextmanager
def meanwhile(world: World, work: Callable[["psycopg.Connection[Any]", int], object]) -> Iterator[None]:
    """Does the work again and again, on a connection of its own, until the block ends."""
    over, errors = threading.Event(), []

    def run() -> None:
        with world.postgres.connect("flights") as connection:
            number = 0
            while not over.is_set():
                try:
                    work(connection, number)
                except psycopg.errors.LockNotAvailable:
                    pass
                except psycopg.Error as error:
                    errors.append(error)
                    return
                number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert errors == []


def lake(world: World, table: str) -> dict[str, list[Any]]:
    return dict(world.lake.load_table(table).scan().to_arrow().to_pydict())


@pytest.mark.parametrize(
    ("partitions", "engine"), [("1", "spark"), ("2", "spark"), ("8", "spark"), ("1", "copy"), ("8", "copy")]
)
def test_every_row_is_there_once_while_rows_move(world: World, accounts: str, partitions: str, engine: str) -> None:
    def move(connection: "psycopg.Connection[Any]", number: int) -> None:
        # Money goes from one to another; rows move to other pages; some come anew with the same id.
        a, b = number * 37 % ROWS + 1, number * 91 % ROWS + 1
        with connection.transaction():
            connection.execute(f"UPDATE accounts SET balance = balance - 1 WHERE id BETWEEN {a} AND {a} + 200")
            connection.execute(f"UPDATE accounts SET balance = balance + 1 WHERE id BETWEEN {a} AND {a} + 200")
            connection.execute(
                f"WITH gone AS (DELETE FROM accounts WHERE id = {b} RETURNING *) INSERT INTO accounts TABLE gone"
            )

    with meanwhile(world, move):
        target = f"used.moved_{partitions}_{engine}"
        done = world.transfers.run(to_lake(accounts, f"lake.{target}", partitions=partitions, engine=engine))
    assert done["status"] == 0, done["error"]
    assert done["partitions"] == int(partitions)
    rows = lake(world, target)
    assert sorted(rows["id"]) == list(range(1, ROWS + 1))
    assert sum(rows["balance"]) == 100 * ROWS


@pytest.mark.parametrize(
    "statement", ["VACUUM FULL accounts", "CLUSTER accounts USING accounts_pkey", "TRUNCATE accounts"]
)
def test_who_would_rewrite_the_table_waits_or_gives_up(world: World, accounts: str, statement: str) -> None:
    def rewrite(connection: "psycopg.Connection[Any]", number: int) -> None:
        connection.execute("SET lock_timeout = '200ms'")
        # TRUNCATE waits for a reader, since otherwise there would be nothing to read.
        if "TRUNCATE" not in statement or reads(connection, "accounts"):
            connection.execute(statement)

    with meanwhile(world, rewrite):
        done = world.transfers.run(to_lake(accounts, "lake.used.rewritten", partitions="8"))
    assert done["status"] == 0, done["error"]
    assert sorted(lake(world, "used.rewritten")["id"]) == list(range(1, ROWS + 1))


def reads(connection: "psycopg.Connection[Any]", table: str) -> bool:
    """True if another session has locked the table."""
    found = connection.execute(
        "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND granted AND pid <> pg_backend_pid()", [table]
    )
    return found.fetchone() is not None


def test_a_lock_that_is_waited_for_is_no_hang(world: World, accounts: str) -> None:
    world.connection("impatient_db", extra={"options": "-c lock_timeout=1s"})
    arguments = to_lake(accounts, "lake.used.never", partitions="8", source_connection="impatient_db")
    with world.postgres.connect("flights") as holder, holder.transaction():
        holder.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
        done = world.transfers.run(arguments)
    assert done["status"] == 1
    assert "A table is locked by another session" in done["error"]


SLOWLY = """CREATE OR REPLACE FUNCTION public.slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep(0.005); RETURN $1; END'"""
ATTACH = "ALTER TABLE days ATTACH PARTITION days_3 FOR VALUES FROM (600) TO (900)"
DETACH = "ALTER TABLE days DETACH PARTITION days_2"


@pytest.mark.parametrize(
    ("statement", "partitions"),
    [(ATTACH, "1"), (ATTACH, "2"), (ATTACH, "8"), (DETACH, "2"), (DETACH, "8"), (f"{DETACH} CONCURRENTLY", "8")],
)
def test_partitions_that_come_or_go_meanwhile_are_there_or_not_and_never_half(
    world: World, statement: str, partitions: str
) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(
            "DROP TABLE IF EXISTS days, days_2, days_3 CASCADE;"
            "CREATE TABLE days (id int, day date) PARTITION BY RANGE (id);"
            "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (300);"
            "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (300) TO (600);"
            "INSERT INTO days SELECT n, '2024-01-01' FROM generate_series(0, 599) n;"
            "CREATE TABLE days_3 (LIKE days);"
            "INSERT INTO days_3 SELECT n, '2024-01-02' FROM generate_series(600, 899) n;"
            # Readers take their time. The function is said to be immutable: else there would be one reader.
            f"{SLOWLY};"
            "CREATE VIEW slow_days AS SELECT id, day, slowly(id) AS slept FROM days"
        )

    world.connection("patient_db", extra={"options": "-c lock_timeout=2s"})

    def change() -> None:
        with world.postgres.connect("flights") as connection:
            until("a reader reads", lambda: reads(connection, "days_1"))
            connection.execute(statement)  # type: ignore[arg-type]

    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        options = {"partition_column": "id", "partitions": partitions, "source_connection": "patient_db"}
        done = world.transfers.run(to_lake("slow_days", "lake.used.days", **options))
        changed.result()
    if done["status"] == 0:
        assert done["partitions"] == int(partitions)
        states = [list(range(rows)) for rows in ((600, 900) if statement == ATTACH else (600, 300))]
        assert sorted(lake(world, "used.days")["id"]) in states
    else:  # a reader that begins after DETACH waits behind it
        reasons = ("were changed by another session", "A table is locked by another session, or one waits for its lock")
        assert any(reason in done["error"] for reason in reasons), done["error"]


RENAMED = "ALTER SCHEMA blue RENAME TO old_blue; ALTER SCHEMA green RENAME TO blue"
BLUE, GREEN = list(range(1, 601)), list(range(-600, 0))
MEANINGS = {
    RENAMED: GREEN,
    "ALTER TABLE child INHERIT blue.t": sorted([*BLUE, *GREEN]),
    "CREATE TABLE flights.t AS SELECT -n AS id FROM generate_series(1, 600) n": GREEN,
}
"""The changes to the table `t` of the search path, and its rows from then on."""


@pytest.mark.parametrize("statement", MEANINGS)
def test_a_name_that_means_another_table_meanwhile_is_noticed(world: World, statement: str) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA blue AUTHORIZATION flights; CREATE SCHEMA green AUTHORIZATION flights;"
            "CREATE SCHEMA flights AUTHORIZATION flights; SET ROLE flights;"
            "CREATE TABLE blue.t AS SELECT n AS id FROM generate_series(1, 600) n;"
            "CREATE TABLE green.t AS SELECT -n AS id FROM generate_series(1, 600) n;"
            f"CREATE TABLE child AS SELECT -n AS id FROM generate_series(1, 600) n; {SLOWLY}"
        )
    world.connection("blue_db", extra={"options": '-c search_path="$user",blue,public -c lock_timeout=5s'})

    def change() -> None:
        with world.postgres.connect("flights") as connection:
            until("a reader reads", lambda: reads(connection, "blue.t"))
            connection.execute(f"SET ROLE flights; {statement}")  # type: ignore[arg-type]

    query = "(SELECT id, slowly(id) AS s FROM t)"
    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        options = {"partition_column": "id", "partitions": "8", "source_connection": "blue_db"}
        done = world.transfers.run(to_lake(query, "lake.used.blue", **options))
        changed.result()
    with world.postgres.connect("flights") as connection:
        connection.execute("DROP SCHEMA IF EXISTS blue, green, old_blue, flights CASCADE; DROP TABLE IF EXISTS child")
    if done["status"] == 0:  # it was done before the state that is read, or when the last reader had begun
        assert sorted(lake(world, "used.blue")["id"]) in (BLUE, MEANINGS[statement])
    else:
        assert "were changed by another session" in done["error"]


def test_rows_that_are_written_while_it_waits_for_the_lock_are_read_whatever_the_default_isolation_is(
    world: World,
) -> None:
    with world.postgres.connect("flights") as holder:
        holder.execute("SET ROLE flights; CREATE TABLE late (id int); INSERT INTO late VALUES (0)")
        world.connection("strict_db", extra={"options": "-c default_transaction_isolation=serializable"})
        holder.execute("BEGIN; LOCK TABLE late; TRUNCATE late; INSERT INTO late SELECT generate_series(1, 9)")
        with ThreadPoolExecutor() as pool:
            arguments = to_lake("late", "lake.used.late", source_connection="strict_db")
            done = pool.submit(world.transfers.run, arguments)
            waits = "SELECT 1 FROM pg_locks WHERE relation = 'late'::regclass AND NOT granted"
            until("the transfer waits", lambda: holder.execute(waits).fetchone())
            holder.execute("COMMIT")
            assert done.result()["status"] == 0
    assert sorted(lake(world, "used.late")["id"]) == list(range(1, 10))


def test_a_snapshot_whose_session_is_ended_says_so(world: World, accounts: str) -> None:
    def end(connection: "psycopg.Connection[Any]", number: int) -> None:
        # The session that is in its transaction for longest, as soon as another one reads.
        connection.execute(
            "SELECT pg_terminate_backend((array_agg(pid ORDER BY xact_start))[1]) FROM pg_stat_activity "
            "WHERE usename = 'flights' AND xact_start IS NOT NULL HAVING count(*) > 1"
        )

    with meanwhile(world, end):
        done = world.transfers.run(to_lake(accounts, "lake.used.ended", partitions="8"))
    assert done["status"] == 1
    assert "run the transfer again" in done["error"]
