"""Many tables by one argument: a list of names or a pattern, and the target of each table. Pure.

The operators check these before a job starts, and the application when it runs. Neither can import the other, so both
packages hold this file; a test keeps the copies equal.
"""

import re
from collections.abc import Callable, Iterable

from .table_names import DatabaseNames, lake_target, written  # relative: both packages hold the same text

PLACE = "{table}"
"""Stands for the name of each table in the target."""
_STAND_IN = "longshore_5d3c0e1fa7b2_table"
"""A name that no table has, by which a target is read before it has a table's name."""
_PATTERN = re.compile(r'([\w$]+|"(?:[^"]|"")+")\.([\w$*?]+|"(?:[^"]|"")+")')


def target_of(template: str, table: str) -> str:
    """Returns the target `lake.<namespace>.<table>` of one table, in double quotes where it needs them.

    Args:
        template: the target with `{table}` in its last part: `lake.raw.{table}`, `lake.raw.crm_{table}`.
        table: the table's name alone, as its database knows it.

    Raises:
        ValueError: the template has not this form, or the lake cannot have a table of this name; with the reason.
    """
    if template.count(PLACE) != 1:
        raise ValueError(f"it must hold {PLACE} once, for the name of each table")
    namespace, name = lake_target(template.replace(PLACE, _STAND_IN))
    if _STAND_IN not in name:
        raise ValueError(f"{PLACE} must be in its last part")
    target = written("lake", namespace, name.replace(_STAND_IN, table))
    lake_target(target)
    return target


def targets_of(tables: Iterable[str], template: str, name_parts: Callable[[str], list[str]]) -> dict[str, str]:
    """Returns the target of each table, by the table's name as it was given.

    Args:
        template: see `target_of`.
        name_parts: returns the parts of a table's name as the database knows them; raises ValueError.

    Raises:
        ValueError: one has no target, or two have the same; with the reason.
    """
    by_target: dict[str, str] = {}
    for table in tables:
        target = target_of(template, name_parts(table)[-1])
        if (other := by_target.get(target)) is not None:
            raise ValueError(f"{other!r} and {table!r} would both be written to {target!r}")
        by_target[target] = table
    return {table: target for target, table in by_target.items()}


def pattern_parts(text: str, names: DatabaseNames) -> tuple[str, str]:
    """Returns schema and glob of `schema.pattern`, as the database compares them.

    Raises:
        ValueError: it has not this form; with the reason.
    """
    if (found := _PATTERN.fullmatch(text)) is None:
        raise ValueError("a pattern is a schema, a '.', and a name in which '*' is any text and '?' any character")
    (schema,), glob = names.parts(found[1]), found[2]
    return schema, glob[1:-1].replace('""', '"') if glob[0] == '"' else names.folded(glob)
