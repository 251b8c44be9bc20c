"""One state of a source, which all readers of a transfer see.

A session locks what is read as lightly as a SELECT does, exports a snapshot, and stays until the last task has read.
The locks keep VACUUM FULL, CLUSTER, TRUNCATE, DETACH PARTITION and ALTER TABLE away, which a snapshot does not hide;
the snapshot hides what is written. What such a lock lets in, ATTACH PARTITION, each reader looks for.
Source: PostgreSQL, "Snapshot Synchronization Functions" and "Explicit Locking"; pg_dump does the same.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from longshore_spark.checking.columns_and_keys import check_names
from longshore_spark.databases.postgres.connecting.server_checks import check_server
from longshore_spark.databases.postgres.faults import sentence
from longshore_spark.databases.postgres.quoting import literal
from longshore_spark.databases.postgres.reading.column_types import Described, SourceColumn, source_columns
from longshore_spark.databases.postgres.reading.row_security import filtered_tables
from longshore_spark.databases.postgres.sessions.keep_alive import kept_alive
from longshore_spark.databases.postgres.sessions.settings import SETTINGS
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.sessions import query

# The catalog's own tables are unlocked at once, and never change their files in use.
_LOCKED = """
SELECT c.oid, c.relkind IN ('r', 'p', 'm'), c.relkind = 'f' OR (c.relkind = 'r' AND c.relhassubclass)
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'f')
  AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
"""
# The files and partitions of tables, by functions: these read the newest catalog, while a SELECT from it would read the
# snapshot's.
_STATE = """(SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(
  pg_catalog.concat(r, ':', pg_catalog.pg_relation_filenode(r), ':',
    (SELECT pg_catalog.string_agg(p.relid::pg_catalog.oid::pg_catalog.text, ',' ORDER BY p.relid::pg_catalog.oid)
     FROM pg_catalog.pg_partition_tree(r) AS p)),
  ';' ORDER BY r)), '') FROM pg_catalog.unnest('{{{relations}}}'::pg_catalog.oid[]) AS r)"""
# The tables that a session has locked, without indexes (which may be added) and catalogs. Without pg_class, whose rows
# the snapshot hides if they are new.
_HELD = """
SELECT l.relation FROM pg_catalog.pg_locks l
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384 AND l.database =
  (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND pg_catalog.pg_get_indexdef(l.relation) IS NULL
"""
_CHANGED = (
    "The tables of the source were changed by another session (ATTACH PARTITION, INHERIT, a new name or the like) "
    "while they were read; run the transfer again."
)


@dataclass(frozen=True)
class Snapshot:
    """A state of the source, and the session that keeps it."""

    session: Any
    """The JDBC connection; its transaction has the locks."""
    id: str
    """The snapshot's ID, as `SET TRANSACTION SNAPSHOT` takes it."""
    columns: list[SourceColumn]
    unchanged: str
    """A condition of PostgreSQL's, an error where the source's tables have other files or partitions than here."""
    shared: bool
    """False: part of the source is in no snapshot (foreign tables, children by INHERITS), so one reader has to do."""
    filtered: list[str]
    """The tables whose row security leaves out what the role may not see, quoted."""

    def query(self, statement: str, *parameters: str) -> list[tuple[Any, ...]]:
        """Returns the rows of a query on this session."""
        with _IN_USE:
            return query(self.session, statement, *parameters)

    @property
    def reader_statement(self) -> str:
        """The first statement in a reader's transaction."""
        return "; ".join(
            [
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                f"SET TRANSACTION SNAPSHOT '{self.id}'",
                *SETTINGS,
            ]
        )


# A transfer has one source; a ping and a query must not meet on its connection.
_IN_USE = threading.Lock()


@contextmanager
def snapshot_of(session: Any, connection: JdbcConnection, relation: str) -> Iterator[Snapshot]:
    """Opens the state of `relation`, and keeps it until the block ends.

    Args:
        session: a JDBC connection of its own; it is closed.
        connection: the one that it is of.
        relation: what stands after FROM, without an alias.

    Raises:
        ConnectionSettingsError: the server is too old, or has not taken the connection's `options`.
    """
    try:
        session.setAutoCommit(False)
        statement = session.createStatement()
        # Committed reads, whatever a role's default is, so that the snapshot is later than the locks.
        statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY")
        check_server(session, connection)
        statement.execute("; ".join(SETTINGS))
        columns, locked = _look(session, relation)
        while True:
            state = _STATE.format(relations=",".join(oid for oid, plain, _ in locked if plain == "t"))
            # The snapshot is taken after the locks, so it sees all changes that were made before them.
            ((snapshot, now),) = query(session, f"SELECT pg_catalog.pg_export_snapshot(), {state}")
            before = locked
            columns, locked = _look(session, relation)
            if locked == before:  # else a partition was attached in between, and is not locked
                break
        changed = sentence(literal(_CHANGED))
        held = ",".join(oid for (oid,) in query(session, _HELD))
        # A name that now means another table locks another one.
        others = f"EXISTS ({_HELD} AND l.relation <> ALL ('{{{held}}}'::pg_catalog.oid[]))"
        same = f"{state} IS NOT DISTINCT FROM {literal(now)} AND NOT {others}"
        unchanged = f"(CASE WHEN {same} THEN true ELSE ({changed} || {state})::bool END)"
        shared, filtered = all(alone == "f" for *_, alone in locked), filtered_tables(session, relation)
        found = Snapshot(session, snapshot, columns, unchanged, shared, filtered)
        with kept_alive(found.query):
            yield found
    finally:
        with suppress(Exception):
            session.close()


def _look(session: Any, relation: str) -> tuple[list[SourceColumn], list[tuple[Any, ...]]]:
    """Returns the relation's columns, and all that is locked since it was looked at."""
    prepared = session.prepareStatement(f"SELECT * FROM {relation} AS r LIMIT 0")
    metadata = prepared.executeQuery().getMetaData()
    described = [
        Described(metadata.getColumnName(at), metadata.getPrecision(at), metadata.getScale(at))
        for at in range(1, metadata.getColumnCount() + 1)
    ]
    prepared.close()
    check_names([one.name for one in described], f"The source {relation[:80]}")
    columns = source_columns(lambda *words: query(session, *words), relation, described)
    return columns, sorted(query(session, _LOCKED))
