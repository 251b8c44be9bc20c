"""The application's arguments, as the job templates give them. Pure."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn

from longshore_spark.exceptions import ArgumentError

Mode = Literal["overwrite", "append", "merge"]
NONE = "-"
"""A job template's parameter may not be empty: this stands for "not given"."""

_TABLE = re.compile(r'(?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))*')
_LAKE_TABLE = re.compile(r"lake\.\w+\.\w+")


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One transfer. A side without a connection is the lake."""

    source: str
    """A table, `(SELECT …)`, or `@URI` of an object that holds one of the two."""
    source_connection: str | None
    target: str
    """`lake.<namespace>.<table>`, or in a database `<schema>.<table>`."""
    target_connection: str | None
    mode: Mode
    key: tuple[str, ...]
    partition_column: str | None
    """None: bounds are found without one where that is possible."""
    partitions: int
    """How many connections read or write at the same time, at most."""
    fetch_size: int
    batch_size: int
    catalog_connection: str


def parse_arguments(arguments: Sequence[str]) -> Transfer:
    """The transfer that `arguments` ask for.

    Raises:
        ArgumentError: one is missing, not of its form, or contradicts another.
    """
    given = _parser().parse_args(arguments)
    transfer = Transfer(
        source=given.source,
        source_connection=_optional(given.source_connection),
        target=given.target,
        target_connection=_optional(given.target_connection),
        mode=given.mode,
        key=tuple(part.strip() for part in (_optional(given.key) or "").split(",") if part.strip()),
        partition_column=None if given.partition_column == "auto" else _optional(given.partition_column),
        partitions=_positive("--partitions", given.partitions),
        fetch_size=_positive("--fetch-size", given.fetch_size),
        batch_size=_positive("--batch-size", given.batch_size),
        catalog_connection=given.catalog_connection,
    )
    _check(transfer)
    return transfer


def is_query(source: str) -> bool:
    """Whether a source is a query in parentheses, and not a table's name."""
    return source.startswith("(") and source.endswith(")")


def check_source(source: str) -> None:
    """Checks that the source's text, read from its object where it is by reference, is a table or a query.

    Raises:
        ArgumentError: it is neither.
    """
    if not is_query(source) and not _TABLE.fullmatch(source):
        raise ArgumentError(f"The source {source[:80]!r} is neither a table's name nor a query in parentheses.")


def _check(transfer: Transfer) -> None:
    if not transfer.source.startswith("@"):
        check_source(transfer.source)
    if transfer.target_connection is None and not _LAKE_TABLE.fullmatch(transfer.target):
        raise ArgumentError(f"The target {transfer.target!r} must be a table of the lake: lake.<namespace>.<table>.")
    if transfer.target_connection is not None and not re.fullmatch(r"\w+\.\w+", transfer.target):
        raise ArgumentError(f"The target {transfer.target!r} must be a table of the database: <schema>.<table>.")
    if transfer.mode == "merge" and not transfer.key:
        raise ArgumentError("The mode 'merge' needs a key: the columns by which rows are the same.")
    if transfer.mode != "merge" and transfer.key:
        raise ArgumentError(f"A key cannot be used with the mode {transfer.mode!r}; use 'merge'.")
    if transfer.partition_column and not re.fullmatch(r"\w+", transfer.partition_column):
        raise ArgumentError(f"The partition column {transfer.partition_column!r} is not a column's name.")


def _optional(value: str | None) -> str | None:
    return None if value in (None, NONE) else value


def _positive(name: str, text: str) -> int:
    # A template's NUMBER may come as "2.0".
    number = float(text) if re.fullmatch(r"\d+(\.0*)?", text) else 0.0
    if number < 1:
        raise ArgumentError(f"{name} is {text!r}; it must be a whole number of at least 1.")
    return int(number)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"The arguments of the transfer are wrong: {message}.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="transfer.py", description="Moves data between databases and the lake.", allow_abbrev=False)
    parser.add_argument("--source", required=True, help="a table, (SELECT …), or @URI of an object with either")
    parser.add_argument("--source-connection", help="the database to read from; without it the lake")
    parser.add_argument("--target", required=True, help="lake.<namespace>.<table>, or <schema>.<table> of a database")
    parser.add_argument("--target-connection", help="the database to write to; without it the lake")
    parser.add_argument("--mode", choices=("overwrite", "append", "merge"), default="overwrite")
    parser.add_argument("--key", help="with merge: the columns by which rows are the same, with commas between")
    parser.add_argument("--partition-column", default="auto", help="auto, or a number, date or timestamp column")
    parser.add_argument("--partitions", default="2", help="connections at the same time, at most")
    parser.add_argument("--fetch-size", default="10000", help="rows that the database hands over at a time")
    parser.add_argument("--batch-size", default="10000", help="rows of one INSERT")
    parser.add_argument("--catalog-connection", default="lake_catalog", help="where the lake's catalog is")
    return parser
