"""Databases as earlier servers made them, in SQLite and in PostgreSQL."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import MetaData, create_engine, inspect

SCHEMAS = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "schemas").glob("*.sql"))}
"""The statements that make each earlier schema, with its rows, by name."""


@dataclass(frozen=True)
class OldDatabase:
    """A database that no server of today has opened yet."""

    url: str
    execute: Callable[[str], None]
    """Executes statements in PostgreSQL's words, as the server's user."""

    def tables(self) -> dict[str, Any]:
        """Returns the columns, indexes and constraints of all tables, without regard to their order."""
        engine = create_engine(self.url)
        found = inspect(engine)
        shown: dict[str, Any] = {}
        for name in found.get_table_names():
            columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in found.get_columns(name)}
            indexes = {each["name"]: (each["column_names"], each["unique"]) for each in found.get_indexes(name)}
            unique = sorted(each["column_names"] for each in found.get_unique_constraints(name))
            shown[name] = (columns, indexes, unique, found.get_pk_constraint(name)["constrained_columns"])
        engine.dispose()
        return shown

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Returns all rows by table, each list in the order of its IDs."""
        engine, metadata = create_engine(self.url), MetaData()
        with engine.connect() as connection:
            metadata.reflect(connection)
            rows = {
                table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
                for table in metadata.sorted_tables
            }
        engine.dispose()
        return {name: sorted(found, key=lambda row: str(row.get("id"))) for name, found in rows.items()}


def sqlite_database(path: Path) -> OldDatabase:
    """Returns a database in the file `path`, which is made."""

    def execute(statements: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(statements.replace("DOUBLE PRECISION", "DOUBLE").replace("SERIAL", "INTEGER"))

    return OldDatabase(f"sqlite:///{path}", execute)


def postgresql_database(postgres: Postgres, name: str) -> OldDatabase:
    """Returns a new database of that name, and of a user of that name."""
    postgres.ensure_database(name, password="canary")
    address = f"{name}:canary@{postgres.host}:{postgres.port}/{name}"

    def execute(statements: str) -> None:
        with psycopg.connect(f"postgresql://{address}") as connection:
            connection.execute(statements.encode())

    return OldDatabase(f"postgresql+psycopg://{address}", execute)
