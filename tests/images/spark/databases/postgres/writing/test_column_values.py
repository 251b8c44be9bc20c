"""Which columns take which staged values, held against what PostgreSQL itself does with them."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.databases.postgres.writing.column_values import differing, holds

UUID = "6d0fa0b5-4a1c-4a6b-9d7e-0123456789ab"
SAME = [
    *(("uuid", "text", UUID), ("uuid", "text", UUID.upper()), ("jsonb", "text", '{"b":1,  "a":[null,1.50]}')),
    *(("json", "text", '{"b":1,  "a":2}'), ("mood", "text", "ok"), ("inet", "text", "10.0.0.1/32")),
    *(("character varying(3)", "text", "abc"), ("character varying(3)", "text", "a  "), ("character(4)", "text", "ab")),
    *(
        ("time without time zone", "text", "23:59:59.999999"),
        ("interval", "text", "1 day"),
    ),
    ("timestamp(3) without time zone", "timestamp without time zone", "2024-03-31 02:30:00.001"),
    ("timestamp(0) with time zone", "timestamp with time zone", "2024-03-31 02:30:00+00"),
    *(
        ("text[]", "text[]", "{a,NULL}"),
        ("character varying(3)[]", "text[]", "{abc,NULL}"),
        ("uuid[]", "text[]", f"{{{UUID}}}"),
    ),
    *(("bigint", "integer", "7"), ("numeric", "numeric(12,2)", "1.50"), ("integer", "integer", "7")),
    *(("uuid", "text", None), ("jsonb", "text", None), ("character varying(3)", "text", None)),
]
CHANGED = [
    *(
        ("character varying(3)", "text", "abcd"),
        ("character varying(3)", "text", "abc "),
        ("character(4)", "text", "abcde"),
    ),
    *(("character(4)", "text", "ab "), ("character varying(3)[]", "text[]", "{abcd}")),
    *(("time without time zone", "text", "12:00"), ("interval", "text", "24 hours"), ("inet", "text", "10.0.0.1")),
    *(("uuid", "text", UUID.replace("-", "")), ("uuid", "text", f"{{{UUID}}}")),
    ("timestamp(3) without time zone", "timestamp without time zone", "2024-03-31 02:30:00.0001"),
    ("timestamp(0) with time zone", "timestamp with time zone", "2024-03-31 02:30:00.5+00"),
]
ERRORS = [
    ("uuid", "text", "x"),
    ("jsonb", "text", "{"),
    ("mood", "text", "sad"),
    ("time without time zone", "text", "x"),
]


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator["psycopg.Connection[Any]"]:
    with postgres.connect() as connection:
        connection.autocommit = True
        connection.execute("SET timezone = 'UTC'; CREATE TYPE pg_temp.mood AS ENUM ('ok'); SET search_path = pg_temp")
        yield connection


def found(database: "psycopg.Connection[Any]", column: str, source: str, value: str | None) -> list[Any]:
    assert holds(column, source)
    condition = differing(column, source, 'x"y')
    if condition is None:
        return []
    with database.transaction(force_rollback=True):
        database.execute(f'CREATE TABLE pg_temp.staged ("x""y" {source})')  # type: ignore[arg-type]
        database.execute(f"INSERT INTO pg_temp.staged VALUES (%s::{source})", [value])  # type: ignore[arg-type]
        return database.execute(f"SELECT 1 FROM pg_temp.staged WHERE {condition}").fetchall()  # type: ignore[arg-type]


@pytest.mark.parametrize(("column", "source", "value"), SAME)
def test_a_value_that_the_column_has_as_it_is_is_taken(
    database: "psycopg.Connection[Any]", column: str, source: str, value: str | None
) -> None:
    assert found(database, column, source, value) == []


@pytest.mark.parametrize(("column", "source", "value"), CHANGED)
def test_a_value_that_the_column_would_change_is_found(
    database: "psycopg.Connection[Any]", column: str, source: str, value: str
) -> None:
    assert found(database, column, source, value) == [(1,)]


@pytest.mark.parametrize(("column", "source", "value"), ERRORS)
def test_a_value_that_the_column_refuses_is_an_error(
    database: "psycopg.Connection[Any]", column: str, source: str, value: str
) -> None:
    with pytest.raises(psycopg.errors.DataError):
        found(database, column, source, value)


@pytest.mark.parametrize(
    "column",
    [
        *("smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(12,2)", "money", "boolean"),
        *("bytea", "date", "timestamp without time zone", "timestamp(3) with time zone", "integer[]", "date[]"),
    ],
)
def test_a_text_is_no_number_and_no_day(column: str) -> None:
    assert not holds(column, "text[]" if column.endswith("[]") else "text")


@pytest.mark.parametrize(
    ("column", "source"),
    [
        ("timestamp(3) without time zone", "timestamp with time zone"),
        ("timestamp(3) with time zone", "timestamp without time zone"),
        ("timestamp(3) without time zone", "date"),
        ("integer", "bigint"),
        ("numeric(10,2)", "numeric(12,4)"),
        ("uuid", "integer"),
        ("text", "text[]"),
        ("text[]", "text"),
    ],
)
def test_what_would_change_values_is_not_held(column: str, source: str) -> None:
    assert not holds(column, source)
