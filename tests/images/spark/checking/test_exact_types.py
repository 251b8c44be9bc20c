"""Which columns change no value without an error, held against what PostgreSQL itself does."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.checking.exact_types import holds_exactly, widened
from psycopg import sql

VALUES = {
    "smallint": ["-32768", "7"],
    "integer": ["2147483647", "16777217"],
    "bigint": ["9223372036854775807", "9007199254740993"],
    "real": ["0.1", "16777216"],
    "double precision": ["0.1", "1e300"],
    "numeric(12,2)": ["9999999999.99", "0.01"],
    "numeric(12,4)": ["99999999.9999", "0.0049"],
    "numeric(20,2)": ["999999999999999999.99"],
    "text": ["", "a", "2024-01-01"],
    "date": ["1582-10-10"],
    "timestamp without time zone": ["2024-03-31 02:30:00.000001"],
    "timestamp with time zone": ["2024-03-31 02:30:00.000001+00"],
    "boolean": ["true"],
    "bytea": ["\\x00ff"],
    "integer[]": ["{1,NULL}"],
    "numeric(12,4)[]": ["{0.0049}"],
}
COLUMNS = [*VALUES, "numeric", "character varying(40)", "numeric(12,2)[]"]
PAIRS = [(column, source) for column in COLUMNS for source in VALUES if holds_exactly(column, source)]


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator["psycopg.Connection[Any]"]:
    with postgres.connect() as connection:
        connection.execute("SET timezone = 'Asia/Kolkata'")
        yield connection


@pytest.mark.parametrize(("column", "source"), PAIRS)
def test_a_column_that_holds_values_exactly_has_them_or_an_error(
    database: "psycopg.Connection[Any]", column: str, source: str
) -> None:
    same = sql.SQL("SELECT x::{0} = %s::{0} FROM t").format(sql.SQL(source))
    for value in VALUES[source]:
        database.execute(f"CREATE TEMP TABLE t (x {column})")
        try:
            database.execute(f"INSERT INTO t SELECT %s::{source}", [value])
            assert database.execute(same, [value]).fetchone() == (True,)
        except psycopg.errors.NumericValueOutOfRange:
            pass  # it says so
        finally:
            database.execute("DROP TABLE t")


@pytest.mark.parametrize(
    ("column", "source"),
    [
        ("numeric(10,2)", "numeric(12,4)"),
        ("numeric(5,2)", "double precision"),
        ("real", "double precision"),
        ("real", "integer"),
        ("smallint", "integer"),
        ("integer", "bigint"),
        ("int", "bigint"),
        ("double precision", "bigint"),
        ("double precision", "numeric(12,2)"),
        ("integer", "double precision"),
        ("integer", "numeric(12,2)"),
        ("date", "timestamp with time zone"),
        ("timestamp with time zone", "timestamp without time zone"),
        ("timestamp without time zone", "timestamp with time zone"),
        ("timestamp without time zone", "date"),
        ("numeric(12,2)[]", "numeric(12,4)[]"),
        ("int", "double"),
        ("decimal(10,2)", "decimal(12,4)"),
        ("timestamp", "timestamp_ntz"),
        ("array<int>", "array<double>"),
        ("string", "int"),
        ("text", "integer"),
    ],
)
def test_what_would_change_values_is_not_held(column: str, source: str) -> None:
    assert not holds_exactly(column, source)


@pytest.mark.parametrize(
    ("column", "source"),
    [
        ("bigint", "int"),
        ("double", "float"),
        ("decimal(12,2)", "decimal(10,2)"),
        ("decimal(12,2)", "int"),
        ("array<bigint>", "array<int>"),
        ("numeric", "numeric(38,18)"),
        ("character varying(10)", "text"),
    ],
)
def test_wider_columns_hold_what_is_narrower(column: str, source: str) -> None:
    assert holds_exactly(column, source)


WIDENED = [
    ("smallint", "integer", "integer"),
    ("integer", "bigint", "bigint"),
    ("real", "double precision", "double precision"),
    ("real", "integer", "double precision"),
    ("numeric(10,2)", "numeric(12,2)", "numeric(12,2)"),
    ("numeric(12,4)", "numeric(10,2)", "numeric(12,4)"),
    ("numeric(10,4)", "numeric(12,2)", "numeric(14,4)"),
    ("numeric(5,2)", "integer", "numeric(12,2)"),
    ("numeric(12,4)[]", "numeric(20,4)[]", "numeric(20,4)[]"),
]


@pytest.mark.parametrize(("column", "source", "wider"), WIDENED)
def test_a_wider_type_holds_the_values_of_both(
    database: "psycopg.Connection[Any]", column: str, source: str, wider: str
) -> None:
    assert widened(column, source) == wider
    assert holds_exactly(wider, source)
    assert holds_exactly(wider, column)
    for value in [*VALUES.get(source, []), *VALUES.get(column, [])]:
        kind = source if value in VALUES.get(source, []) else column
        same = sql.SQL("SELECT %s::{0}::{1}::{0} = %s::{0}").format(sql.SQL(kind), sql.SQL(wider))
        assert database.execute(same, [value, value]).fetchone() == (True,)


@pytest.mark.parametrize(
    ("column", "source", "wider"),
    [
        ("int", "bigint", "bigint"),
        ("float", "double", "double"),
        ("float", "int", "double"),
        ("decimal(10,2)", "decimal(38,2)", "decimal(38,2)"),
        ("decimal(10,2)", "bigint", "decimal(21,2)"),
        ("array<int>", "array<bigint>", "array<bigint>"),
        ("array<decimal(10,2)>", "array<decimal(12,2)>", "array<decimal(12,2)>"),
    ],
)
def test_the_lake_widens_what_iceberg_does(column: str, source: str, wider: str) -> None:
    assert widened(column, source) == wider


@pytest.mark.parametrize(
    ("column", "source"),
    [
        ("int", "double"),
        ("int", "float"),
        ("int", "decimal(5,0)"),
        ("bigint", "double"),
        ("float", "bigint"),
        ("double", "bigint"),
        ("double", "decimal(5,2)"),
        ("decimal(10,2)", "decimal(12,4)"),
        ("decimal(38,10)", "decimal(38,2)"),
        ("decimal(38,20)", "bigint"),
        ("decimal(10,2)", "double"),
        ("date", "timestamp_ntz"),
        ("date", "timestamp"),
        ("timestamp_ntz", "timestamp"),
        ("timestamp", "timestamp_ntz"),
        ("string", "int"),
        ("int", "string"),
        ("int", "boolean"),
        ("array<int>", "int"),
        ("array<int>", "array<double>"),
        ("smallint", "numeric(5,0)"),
        ("numeric", "double precision"),
        ("character varying(10)", "character varying(20)"),
    ],
)
def test_a_column_is_widened_to_nothing_else(column: str, source: str) -> None:
    assert widened(column, source) is None
