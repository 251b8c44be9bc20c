"""The SQL that brings rows into a table of PostgreSQL, as text. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longshore_spark.databases.postgres.quoting import qualified, quoted


@dataclass(frozen=True)
class Move:
    """The move of staged rows into an existing table."""

    target: str
    """`schema.table`, as users write it."""
    staging: str
    """The staging table, quoted."""
    columns: Mapping[str, str]
    """The target's columns that are given, and their types."""
    staged: Mapping[str, str]
    """The names that these columns have in the staging table."""
    key: Sequence[str]
    """The target's columns by which rows are the same."""
    overriding: bool
    """An identity column gets the values that are given."""

    def insert(self) -> str:
        """Returns the INSERT of all staged rows."""
        return f"{self._insert()} FROM {self.staging} AS staged"

    def merge(self, *, delete_missing: bool) -> list[str]:
        """Returns the statements that update the given columns of known rows, and insert new rows.

        PostgreSQL joins by index or hash for "=" alone. NULLs, which are a key, too, get statements of their own, whose
        last condition leaves few rows to compare.

        Returns:
            Two UPDATEs (none where all columns are the key's), two INSERTs, and with `delete_missing` two DELETEs.
        """
        target = qualified(self.target)
        equal = " AND ".join(f"{self._there(name)} = {self._given(name)}" for name in self.key)
        same = " AND ".join(f"{self._there(name)} IS NOT DISTINCT FROM {self._given(name)}" for name in self.key)
        null_given = " OR ".join(f"{self._given(name)} IS NULL" for name in self.key)
        null_there = " OR ".join(f"{self._there(name)} IS NULL" for name in self.key)
        sets = ", ".join(f"{quoted(name)} = {self._given(name)}" for name in self.columns if name not in self.key)
        update = f"UPDATE {target} AS target SET {sets} FROM {self.staging} AS staged WHERE "
        insert = f"{self._insert()} FROM {self.staging} AS staged WHERE "
        there = f"NOT EXISTS (SELECT 1 FROM {target} AS target WHERE "
        statements = [f"{update}{equal}", f"{update}{same} AND ({null_given})"] if sets else []
        statements += [f"{insert}NOT ({null_given}) AND {there}{equal})", f"{insert}({null_given}) AND {there}{same})"]
        if delete_missing:
            delete = f"DELETE FROM {target} AS target WHERE "
            given = f"NOT EXISTS (SELECT 1 FROM {self.staging} AS staged WHERE "
            statements += [
                f"{delete}NOT ({null_there}) AND {given}{equal})",
                f"{delete}({null_there}) AND {given}{same})",
            ]
        return statements

    def repeated_keys(self) -> str:
        """Returns a SELECT of keys that the target has more than once and the staged rows have, too; at most three."""
        there = ", ".join(map(self._there, self.key))
        shown = ", ".join(f"{self._there(name)}::text" for name in self.key)
        equal = " AND ".join(f"{self._there(name)} = {self._given(name)}" for name in self.key)
        same = " AND ".join(f"{self._there(name)} IS NOT DISTINCT FROM {self._given(name)}" for name in self.key)
        null = " OR ".join(f"{self._given(name)} IS NULL" for name in self.key)
        joined = f"FROM {qualified(self.target)} AS target JOIN {self.staging} AS staged ON "
        return " UNION ALL ".join(
            f"(SELECT {shown} {joined}{condition} GROUP BY {there} HAVING pg_catalog.count(*) > 1 LIMIT 3)"
            for condition in (equal, f"{same} AND ({null})")
        )

    def _insert(self) -> str:
        names = ", ".join(map(quoted, self.columns))
        values = ", ".join(map(self._given, self.columns))
        overriding = "OVERRIDING SYSTEM VALUE " if self.overriding else ""
        return f"INSERT INTO {qualified(self.target)} ({names}) {overriding}SELECT {values}"

    def _there(self, column: str) -> str:
        return f"target.{quoted(column)}"

    def _given(self, column: str) -> str:
        return f"staged.{quoted(self.staged[column])}::{self.columns[column]}"


def changes(target: str, added: Mapping[str, str], widened: Mapping[str, str]) -> list[str]:
    """Returns the statements that add and widen columns; types are PostgreSQL's."""
    return [
        *(f"ALTER TABLE {qualified(target)} ADD COLUMN {quoted(name)} {kind}" for name, kind in added.items()),
        *(f"ALTER TABLE {qualified(target)} ALTER COLUMN {quoted(name)} TYPE {kind}" for name, kind in widened.items()),
    ]
