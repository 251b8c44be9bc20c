"""The table that keeps which tasks have appended their rows, written in the same transaction as these."""

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.quoting import literal, qualified, quoted
from longshore_spark.databases.postgres.sessions.create_missing import create_missing
from longshore_spark.databases.postgres.sessions.target_session import TargetSession
from longshore_spark.jdbc.sessions import Row
from longshore_spark.outcome.commits import KEPT_FOR, Commit, CommitKey

NAME = "_longshore_commits"
_ALL = f"""
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = '{NAME}' AND c.relkind = 'r' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_table_privilege(c.oid, 'DELETE')
"""


class CommitTable:
    """The commits of one target."""

    def __init__(self, session: TargetSession, target: str, schema: str) -> None:
        self._session = session
        self._target = literal(qualified(target))
        self.name = f"{quoted(schema)}.{quoted(NAME)}"

    def create(self, jdbc: Jdbc) -> None:
        """Makes the table if it is missing."""
        if not self._session.query("SELECT pg_catalog.to_regclass(?)", self.name)[0][0]:
            create_missing(
                lambda: jdbc.execute(
                    [
                        f"CREATE TABLE IF NOT EXISTS {self.name} (target text, task text, generation text NOT NULL, "
                        'job_run text NOT NULL, at timestamptz NOT NULL, "rows" bigint NOT NULL, '
                        "PRIMARY KEY (target, task))",
                        f"COMMENT ON TABLE {self.name} IS 'Longshore: tasks that have appended their rows'",
                    ]
                )
            )

    def commit_of(self, key: CommitKey) -> Commit | None:
        """Returns the last commit of a task instance; None: there was none."""
        at = "pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"
        found: list[Row] = self._session.query(
            f"SELECT generation, job_run, {at} FROM {self.name} WHERE target = {self._target} AND task = ?",
            key.instance,
        )
        return Commit(*found[0]) if found else None

    def added(self, key: CommitKey, commit: Commit, rows: int) -> list[str]:
        """Returns the statements that keep a commit, and forget those that are too old."""
        values = ", ".join(map(literal, (key.instance, commit.generation, commit.job_run, commit.at)))
        return [
            f'INSERT INTO {self.name} (target, task, generation, job_run, at, "rows") '
            f"VALUES ({self._target}, {values}, {rows})",
            f"DELETE FROM {self.name} WHERE at < pg_catalog.now() - interval '{KEPT_FOR.days} days'",
        ]

    def forgotten(self) -> list[str]:
        """Returns the statements that forget all commits of the target, whose rows an overwrite replaces."""
        return [f"DELETE FROM {table} WHERE target = {self._target}" for (table,) in self._session.query(_ALL)]
