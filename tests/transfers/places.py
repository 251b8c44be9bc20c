"""The two places that transfers write to, in the same words, and locks that hold a transfer before its commit.

A transfer takes its target first, then reads the source, then commits. A session of the test's own has an advisory lock
that the transfer meets in between: a lake target's source is a query that takes it, and a database target's rows are
checked by one.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from embedded.transfers import to_database, to_lake
from support.waiting import until

from .conftest import World

Rows = Sequence[tuple[int, str]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """The lake, or the database `flights`; tables have the columns `id` and `name`."""

    world: World
    name: str

    def __post_init__(self) -> None:
        with self.world.postgres.connect("flights") as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS writers AUTHORIZATION flights")

    def target(self, table: str) -> str:
        """A table's name as a target; its namespace or schema is `writers`."""
        return f"lake.writers.{table}" if self.name == "lake" else f"writers.{table}"

    def transfer(self, rows: Rows, table: str, mode: str, *, held: int | None = None, **options: str) -> list[str]:
        """The arguments of a transfer of the rows.

        Args:
            held: the number of the lock that it waits for before it commits.
        """
        shown = ", ".join(f"({id_}, '{name}')" for id_, name in rows)
        if mode == "merge":
            options = {"key": "id", **options}
        if self.name == "lake":
            lock = f", pg_advisory_xact_lock_shared({held})" if held is not None else ""
            source = f"(SELECT v.id, v.name FROM (VALUES {shown}) v(id, name){lock})"
            return to_lake(source, self.target(table), mode=mode, **options)
        if held is not None:
            options = {"checks": self.held_checks(held), **options}
        return to_database(f"(SELECT * FROM VALUES {shown} AS v(id, name))", self.target(table), mode=mode, **options)

    def held_checks(self, number: int) -> str:
        """The argument `checks` by which a transfer to a database waits for a lock."""
        return json.dumps(
            [{"sql": f"SELECT 1 FROM pg_advisory_xact_lock_shared({number}) AS had WHERE had::text = 'x'"}]
        )

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows of a table, in order, by another reader than Spark."""
        if self.name == "lake":
            found = self.world.lake.load_table(f"writers.{table}").scan().to_arrow().to_pylist()
            return sorted(tuple(row.values()) for row in found)
        with self.world.postgres.connect("flights") as connection:
            return sorted(connection.execute(f"SELECT * FROM writers.{table}").fetchall())  # type: ignore[arg-type]


def after(rows: Rows, mode: str, given: Rows) -> list[tuple[int, str]]:
    """The rows and columns of a table after a transfer."""
    if mode == "overwrite":
        return sorted(given)
    if mode == "append":
        return sorted([*rows, *given])
    return sorted({**dict(rows), **dict(given)}.items())


@dataclass(frozen=True)
class Hold:
    """A lock that transfers wait for until it is let go."""

    session: "psycopg.Connection[Any]"
    number: int

    def wait(self) -> None:
        """Waits until a transfer waits for it."""
        _wait(self.session, f"locktype = 'advisory' AND objid = {self.number}")

    def let_go(self) -> None:
        """Lets the transfer go on; once, or more often."""
        self.session.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def hold(world: World) -> Iterator[Hold]:
    """A lock of a session of its own, which is let go at the end of the block at the latest."""
    with world.postgres.connect("flights") as session:
        number = next(_numbers)
        session.execute(f"SELECT pg_advisory_lock({number})")  # type: ignore[arg-type]
        yield Hold(session, number)


def wait_for_a_row(session: "psycopg.Connection[Any]") -> None:
    """Waits until a transfer waits for a row that another session has locked."""
    _wait(session, "locktype = 'transactionid'")


def _wait(session: "psycopg.Connection[Any]", lock: str) -> None:
    waiting = f"SELECT 1 FROM pg_locks WHERE {lock} AND NOT granted"
    until(f"a transfer waits for a lock ({lock})", lambda: session.execute(waiting).fetchone(), every=0.05)  # type: ignore[arg-type]
