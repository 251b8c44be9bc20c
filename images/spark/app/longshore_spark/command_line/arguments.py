"""The command line of a transfer, as the job templates give it. Pure."""

import json
import re
from collections.abc import Callable, Sequence

from longshore_spark.command_line.checks import parse_checks
from longshore_spark.command_line.column_options import parse_column_options
from longshore_spark.command_line.grammars import LAKE, Grammar
from longshore_spark.command_line.parser import ArgumentParser, optional, whole_number
from longshore_spark.command_line.source import Source, Table, parse_source
from longshore_spark.command_line.tables import Tables, parse_tables
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.many_tables import PLACE


def parse_arguments(arguments: Sequence[str], *, grammar_of: Callable[[str], Grammar]) -> Transfer:
    """Returns the transfer that `arguments` ask for.

    Args:
        grammar_of: returns the grammar of a connection's database.

    Raises:
        ArgumentError: one is missing, not of its form, or contradicts another.
    """
    given = _parser().parse_args(arguments)
    source_connection, target_connection = optional(given.source_connection), optional(given.target_connection)
    target_grammar = grammar_of(target_connection) if target_connection else LAKE
    source_grammar = grammar_of(source_connection) if source_connection else LAKE
    source, tables = _source(optional(given.source), optional(given.tables), given.target, source_grammar)
    transfer = Transfer(
        source=source,
        source_connection=source_connection,
        target=given.target,
        tables=tables,
        target_connection=target_connection,
        mode=given.mode,
        key=_key(optional(given.key)),
        partition_column=None if given.partition_column == "auto" else optional(given.partition_column),
        partitions=_whole("--partitions", given.partitions),
        fetch_size=_whole("--fetch-size", given.fetch_size),
        batch_size=_whole("--batch-size", given.batch_size),
        catalog_connection=given.catalog_connection,
        engine=given.engine,
        columns=parse_column_options(optional(given.columns)),
        schema_changes=given.schema_changes,
        delete_missing=given.delete_missing == "true",
        staging_schema=optional(given.staging_schema),
        checks=parse_checks(optional(given.checks), target_grammar.sql),
        lock_timeout=_whole("--lock-timeout", given.lock_timeout, least=0),
        commit_key=_commit_key(optional(given.commit_key)),
    )
    _check(transfer, target_grammar)
    return transfer


def _source(source: str | None, tables: str | None, target: str, grammar: Grammar) -> tuple[Source, Tables | None]:
    if (source is None) == (tables is None):
        raise ArgumentError("Give either --source or --tables: one of them, not both.")
    if tables is None:
        return parse_source(str(source), grammar), None
    return Table(PLACE), parse_tables(tables, target, grammar)


def _check(transfer: Transfer, target_grammar: Grammar) -> None:
    if transfer.tables is None:
        _check_target(transfer, target_grammar)
    else:
        _check_tables(transfer)
    if transfer.mode == "merge" and not transfer.key:
        raise ArgumentError("The mode 'merge' needs a key: the columns by which rows are the same.")
    if transfer.mode != "merge" and transfer.key:
        raise ArgumentError(f"A key cannot be used with the mode {transfer.mode!r}; use 'merge'.")
    if transfer.commit_key is not None and transfer.mode != "append" and transfer.tables is None:
        raise ArgumentError(f"A commit key cannot be used with the mode {transfer.mode!r}; use 'append'.")
    if transfer.delete_missing:
        _check_delete_missing(transfer)
    if transfer.staging_schema is not None:
        _check_staging_schema(transfer, transfer.staging_schema, target_grammar)


def _check_tables(transfer: Transfer) -> None:
    if transfer.source_connection is None or transfer.target_connection is not None:
        raise ArgumentError(
            "--tables is for tables of a database that go to the lake; give each other one as --source."
        )
    of_one = {
        "--columns": transfer.columns,
        "--checks": transfer.checks,
        "--partition-column": transfer.partition_column,
    }
    if given := [name for name, value in of_one.items() if value]:
        raise ArgumentError(
            f"{given[0]} cannot be used with --tables, since it is about the columns of one table; give that table as "
            "--source of a transfer of its own."
        )


def _check_delete_missing(transfer: Transfer) -> None:
    if transfer.mode != "merge":
        raise ArgumentError(f"--delete-missing cannot be used with the mode {transfer.mode!r}; use 'merge'.")
    if not isinstance(transfer.source, Table):
        raise ArgumentError(
            "--delete-missing needs a table as the source: a query may leave out rows that are not missing. Give the "
            "table's name, or leave --delete-missing out."
        )


def _check_staging_schema(transfer: Transfer, schema: str, grammar: Grammar) -> None:
    if transfer.target_connection is None:
        raise ArgumentError(
            f"--staging-schema {schema!r} cannot be used with a target in the lake; it is a schema of the target's "
            "database."
        )
    try:
        parts = grammar.name_parts(schema)
        if len(parts) != 1:
            raise ValueError("it has a '.', and is one schema's name without the table's")
    except ValueError as error:
        raise ArgumentError(f"--staging-schema {schema!r} must be the name of a schema; {error}.") from None


def _check_target(transfer: Transfer, grammar: Grammar) -> None:
    try:
        grammar.target_parts(transfer.target)
    except ValueError as error:
        in_lake = transfer.target_connection is None
        form = "lake: lake.<namespace>.<table>" if in_lake else "database: <schema>.<table>"
        raise ArgumentError(f"The target {transfer.target!r} must be a table of the {form}; {error}.") from None


def _key(text: str | None) -> tuple[str, ...]:
    if text is None or not text.startswith("["):
        return tuple(part.strip() for part in (text or "").split(",") if part.strip())
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(column, str) and column for column in found):
        raise ArgumentError(
            f'The key {text!r} must be columns with commas between, or a JSON list such as ["a,b", "c"].'
        )
    return tuple(found)


def _whole(name: str, text: str, *, least: int = 1) -> int:
    number = whole_number(text)
    if number is None or number < least:
        raise ArgumentError(f"{name} is {text!r}; it must be a whole number of at least {least}.")
    return number


def _commit_key(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9a-f]{32}:(-|[0-9a-z]+)", text):
        raise ArgumentError(
            f"The commit key {text[:80]!r} must be 32 hexadecimal digits, a colon, and a job run's ID or '-'."
        )
    return text


def _parser() -> ArgumentParser:
    description = "Moves data between databases and the lake."
    parser = ArgumentParser(prog="transfer.py", description=description, subject="the transfer")
    parser.add_argument("--source", help="a table, (SELECT …), or @URI of an object with either")
    parser.add_argument("--tables", help='instead of --source: ["planes", "airports"], or a pattern: schema.name*')
    parser.add_argument("--source-connection", help="the database to read from; without it the lake")
    parser.add_argument("--target", required=True, help="lake.<namespace>.<table>, or <schema>.<table> of a database")
    parser.add_argument("--target-connection", help="the database to write to; without it the lake")
    parser.add_argument("--mode", choices=("overwrite", "append", "merge"), default="overwrite")
    parser.add_argument("--key", help='with merge: the columns by which rows are the same: a,b or ["a", "b"]')
    parser.add_argument("--partition-column", default="auto", help="auto, or a number, date or timestamp column")
    parser.add_argument("--partitions", default="2", help="connections at the same time, at most")
    parser.add_argument("--columns", help='types of columns: {"rate": "decimal(38,20)"}')
    parser.add_argument("--fetch-size", default="10000", help="rows that the database hands over at a time")
    parser.add_argument("--batch-size", default="10000", help="rows of one INSERT")
    parser.add_argument("--schema-changes", choices=("evolve", "fail", "ignore"), default="evolve")
    parser.add_argument("--delete-missing", choices=("true", "false"), default="false", help="with merge, of a table")
    parser.add_argument("--staging-schema", help="the schema of staging tables in the target's database")
    parser.add_argument("--checks", help='what must hold before readers see the rows: [{"not_null": ["id"]}]')
    parser.add_argument("--lock-timeout", default="600", help="seconds to wait for another transfer to the target")
    parser.add_argument("--commit-key", help="with append or tables: names the task whose rows are committed once")
    parser.add_argument("--engine", choices=("auto", "spark", "copy"), default="spark", help="copy: without Spark")
    parser.add_argument("--catalog-connection", default="lake_catalog", help="where the lake's catalog is")
    return parser
