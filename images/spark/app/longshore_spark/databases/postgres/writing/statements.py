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
    followed: Sequence[str] = ()
    """The given columns, apart from the key, whose changes change rows that refer to them."""

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
        null_there = " OR ".join(f"{self._there(name)} IS NULL" for name in self.key)
        sets = ", ".join(f"{quoted(name)} = {self._given(name)}" for name in self.columns if name not in self.key)
        update = f"UPDATE {target} AS target SET {sets} FROM {self.staging} AS staged WHERE "
        statements = [f"{update}{condition}" for condition in self._same()] if sets else []
        statements += [f"{self._insert()} {new}" for new in self._new()]
        if delete_missing:
            delete = f"DELETE FROM {target} AS target WHERE "
            given = f"NOT EXISTS (SELECT 1 FROM {self.staging} AS staged WHERE "
            equal, null = self._same()
            statements += [
                f"{delete}NOT ({null_there}) AND {given}{equal})",
                f"{delete}({null_there}) AND {given}{null})",
            ]
        return statements

    def left_out(self) -> str:
        """Returns a SELECT of the number of staged rows whose key the target does not have."""
        return "SELECT " + " + ".join(f"(SELECT pg_catalog.count(*) {new})" for new in self._new())

    def changed(self, columns: Sequence[str]) -> str:
        """Returns a SELECT of the keys of rows in which a merge changes one of the columns; at most three."""
        other = " OR ".join(f"{self._there(name)} IS DISTINCT FROM {self._given(name)}" for name in columns)
        return " UNION ALL ".join(
            f"(SELECT {self._shown()} {self._joined()}{condition} AND ({other}) LIMIT 3)" for condition in self._same()
        )

    def repeated_keys(self) -> str:
        """Returns a SELECT of keys that the target has more than once and the staged rows have, too; at most three."""
        there = ", ".join(map(self._there, self.key))
        twice = f"GROUP BY {there} HAVING pg_catalog.count(*) > 1 LIMIT 3"
        return " UNION ALL ".join(
            f"(SELECT {self._shown()} {self._joined()}{condition} {twice})" for condition in self._same()
        )

    def _shown(self) -> str:
        return ", ".join(f"{self._there(name)}::text" for name in self.key)

    def _joined(self) -> str:
        return f"FROM {qualified(self.target)} AS target JOIN {self.staging} AS staged ON "

    def _same(self) -> tuple[str, str]:
        """The conditions on a row of the target and a staged one of the same key: without NULLs in it, and with."""
        equal = " AND ".join(f"{self._there(name)} = {self._given(name)}" for name in self.key)
        same = " AND ".join(f"{self._there(name)} IS NOT DISTINCT FROM {self._given(name)}" for name in self.key)
        return equal, f"{same} AND ({self._null_given()})"

    def _new(self) -> tuple[str, str]:
        """FROM and WHERE of staged rows whose key the target does not have: without NULLs in it, and with."""
        rows = f"FROM {self.staging} AS staged WHERE "
        there = f"NOT EXISTS (SELECT 1 FROM {qualified(self.target)} AS target WHERE "
        (equal, null), null_given = self._same(), self._null_given()
        return f"{rows}NOT ({null_given}) AND {there}{equal})", f"{rows}({null_given}) AND {there}{null})"

    def _null_given(self) -> str:
        return " OR ".join(f"{self._given(name)} IS NULL" for name in self.key)

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
