"""Finds rows that other programs write to a target while a transfer runs, which an overwrite must not discard.

PostgreSQL keeps with each row the number of the transaction that wrote it (`xmin`), or of a part of it (SAVEPOINT). A
snapshot does not tell whether such a part has ended ("Transaction ID and Snapshot Information Functions"). So the
numbers are compared between the start and the end: no new one may appear.
"""

from collections.abc import Callable
from dataclasses import dataclass

from longshore_spark.databases.postgres.quoting import qualified
from longshore_spark.jdbc.sessions import Row

_OLDEST = (
    "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()), "
    "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
)
"""The oldest transaction that may still be open, and the next one to come. All that come later have higher numbers."""
_EPOCH = 2**32
"""`xmin` has the last 32 bits of a transaction's number, which has 64."""


def lock(target: str, *, alone: bool = True) -> str:
    """Returns the statement that locks the table's definition until the transaction ends, but does not block readers.

    Args:
        alone: blocks other writers, too.
    """
    return f"LOCK TABLE {qualified(target)} IN {'SHARE ROW EXCLUSIVE' if alone else 'ROW EXCLUSIVE'} MODE"


@dataclass(frozen=True)
class State:
    """The rows of a table at some time, by the transactions that have written them."""

    oldest: int
    """All transactions before this one were over."""
    writers: frozenset[str]
    """Those from it on that have written rows of the table; they were over, too."""

    def later(self, query: Callable[[str], list[Row]], target: str) -> bool:
        """Returns True if rows have been written since."""
        return any(writer not in self.writers for (writer,) in query(_written_since(target, self.oldest)))


def state_of(query: Callable[[str], list[Row]], target: str) -> State:
    """Returns the state of now; the session must have locked the table, so that no transaction is writing to it."""
    ((oldest, following),) = query(_OLDEST)
    # If no transaction is open, none has a higher number.
    written = query(_written_since(target, int(oldest))) if oldest != following else []
    return State(int(oldest), frozenset(writer for (writer,) in written))


def _written_since(target: str, oldest: int) -> str:
    """Returns a SELECT of the transactions from `oldest` on that have written rows of the table."""
    since = f"(r.xmin::text::bigint - {oldest % _EPOCH} + {_EPOCH}) % {_EPOCH}"
    passed = f"(SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint - {oldest})"
    return f"SELECT DISTINCT r.xmin::text FROM {qualified(target)} AS r WHERE {since} < {passed}"
