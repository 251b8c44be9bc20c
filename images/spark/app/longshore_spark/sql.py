"""The SQL that a transfer says, as text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of a database's table: its name and its type as PostgreSQL writes it."""

    name: str
    type: str


def lake_merge(target: str, source_view: str, key: Sequence[str]) -> str:
    """MERGE INTO of the lake: rows of the same key are replaced, others added. NULL keys are equal to each other."""
    on = " AND ".join(f"target.{_lake(column)} <=> source.{_lake(column)}" for column in key)
    return (
        f"MERGE INTO {target} AS target USING {_lake(source_view)} AS source ON {on} "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def swap_statements(
    *,
    mode: str,
    target: str,
    staging: str,
    target_columns: Sequence[Column],
    staged_columns: Sequence[Column],
    key: Sequence[str],
) -> list[str]:
    """The statements of the one transaction that brings staged rows into the target.

    Where the target has the staged columns it keeps its grants, indexes and owner; otherwise `overwrite` replaces it.
    DELETE and not TRUNCATE: readers go on with the old rows until the commit.

    Args:
        target, staging: `schema.table`.
        target_columns: none where the target does not exist.
    """
    columns = ", ".join(quoted(column.name) for column in staged_columns)
    insert = f"INSERT INTO {qualified(target)} ({columns}) SELECT {columns} FROM {qualified(staging)}"
    rename = f"ALTER TABLE {qualified(staging)} RENAME TO {quoted(target.split('.')[1])}"
    if not target_columns:
        return [rename]
    if mode == "append":
        return [insert]
    if mode == "merge":
        return [*_delete_by_key(target, staging, key), insert]
    if set(target_columns) == set(staged_columns):
        return [f"DELETE FROM {qualified(target)}", insert]
    return [f"DROP TABLE {qualified(target)}", rename]


def _delete_by_key(target: str, staging: str, key: Sequence[str]) -> list[str]:
    delete = f"DELETE FROM {qualified(target)} AS target USING {qualified(staging)} AS staged WHERE "
    # PostgreSQL joins by index or hash for "=" alone. NULLs, which are a key, too, get a statement of their own, whose
    # last condition leaves few rows to compare.
    equal = " AND ".join(f"target.{quoted(name)} = staged.{quoted(name)}" for name in key)
    same = " AND ".join(f"target.{quoted(name)} IS NOT DISTINCT FROM staged.{quoted(name)}" for name in key)
    null = " OR ".join(f"staged.{quoted(name)} IS NULL" for name in key)
    return [delete + equal, f"{delete}{same} AND ({null})"]


def quoted(name: str) -> str:
    """An identifier as PostgreSQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: str) -> str:
    """`schema.table`, each part quoted."""
    return ".".join(quoted(part) for part in table.split("."))


def _lake(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
