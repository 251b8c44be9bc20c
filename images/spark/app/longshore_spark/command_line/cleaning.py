"""The command line of the application that removes what killed transfers left. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from longshore_spark.command_line.parser import NONE, ArgumentParser, optional, whole_number
from longshore_spark.exceptions import ArgumentError

_MOST_HOURS = 999_999


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """The places to look at, and what to remove there."""

    connection: str | None
    """The database's connection; None: no database."""
    lake: bool
    older_than: int
    """Hours. Younger files of the lake may be those of a program that takes no lock, and still writes."""
    dry_run: bool
    """Nothing is removed."""
    catalog_connection: str


def parse_cleaning(arguments: Sequence[str]) -> Cleaning:
    """Returns the cleaning that `arguments` ask for.

    Raises:
        ArgumentError: one is not of its form, or there is nothing to look at.
    """
    given = _parser().parse_args(arguments)
    cleaning = Cleaning(
        connection=optional(given.connection),
        lake=given.lake == "true",
        older_than=_hours(given.older_than),
        dry_run=given.dry_run == "true",
        catalog_connection=given.catalog_connection,
    )
    if cleaning.connection is None and not cleaning.lake:
        raise ArgumentError("There is nothing to clean: give --connection NAME, --lake true, or both.")
    return cleaning


def _hours(text: str) -> int:
    hours = whole_number(text)
    if hours is None or not 1 <= hours <= _MOST_HOURS:
        raise ArgumentError(
            f"--older-than is {text!r}; it must be a whole number of hours, at least 1: younger files may be those of "
            "a program that still writes."
        )
    return hours


def _parser() -> ArgumentParser:
    name = "clean_transfers.py"
    parser = ArgumentParser(prog=name, description="Removes what killed transfers left.", subject=name)
    parser.add_argument("--connection", default=NONE, help="the database whose staging tables are removed")
    parser.add_argument("--lake", choices=("true", "false"), default="false", help="files of the lake, too")
    parser.add_argument("--older-than", default="24", help="hours since a file of the lake was written, at least 1")
    parser.add_argument("--dry-run", choices=("true", "false"), default="false", help="only say what would be removed")
    parser.add_argument("--catalog-connection", default="lake_catalog", help="where the lake's catalog is")
    return parser
