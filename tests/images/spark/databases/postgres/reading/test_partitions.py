"""A split holds every row exactly once, whatever the rows are: the predicates are run by a real PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.databases.postgres.reading.partitions import page_predicates, range_predicates, splittable

_MOST = settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
_VALUES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "int4": ("integer", st.integers(-(2**31), 2**31 - 1)),
    "int8": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "numeric": ("numeric", st.decimals(-(10**20), 10**20, places=3)),
    "float8": ("double precision", st.floats(-1e300, 1e300)),
    "date": ("date", st.dates()),
    "timestamp": ("timestamp", st.datetimes()),
    "timestamptz": ("timestamptz", st.datetimes()),
}


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator["psycopg.Connection[Any]"]:
    with postgres.connect() as connection:
        connection.execute("SET timezone = 'Asia/Kolkata'")
        yield connection


def rows_seen(connection: "psycopg.Connection[Any]", predicates: list[str]) -> list[int]:
    """The rows that each predicate's query returns, one after another."""
    return [row for predicate in predicates for (row,) in connection.execute(f"SELECT row FROM t WHERE {predicate}")]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", _VALUES)
def test_a_range_holds_every_row_once(database: "psycopg.Connection[Any]", kind: str) -> None:
    sql_type, values = _VALUES[kind]

    @_MOST
    @given(st.lists(st.none() | values, min_size=1, max_size=12), st.integers(2, 9))
    def holds(column: list[Any], partitions: int) -> None:
        database.execute(f"CREATE TEMP TABLE t (row integer, value {sql_type})")  # type: ignore[arg-type]
        try:
            with database.cursor() as cursor:
                cursor.executemany("INSERT INTO t VALUES (%s, %s)", list(enumerate(column)))
            bounds = database.execute("SELECT min(value)::text, max(value)::text FROM t").fetchone()
            assert bounds is not None
            predicates = range_predicates("value", kind, *bounds, partitions)
            assert len(predicates) <= partitions
            if predicates:
                assert sorted(rows_seen(database, predicates)) == list(range(len(column)))
                assert rows_seen(database, predicates[:1]), "the first part is empty"
                assert rows_seen(database, predicates[-1:]), "the last part is empty"
        finally:
            database.execute("DROP TABLE t")

    holds()


def test_pages_hold_every_row_once_also_those_written_later(database: "psycopg.Connection[Any]") -> None:
    database.execute(
        "CREATE TEMP TABLE t AS SELECT n AS row, repeat('x', 500) AS filler FROM generate_series(1, 2000) n"
    )
    pages = database.execute("SELECT pg_relation_size('t') / 8192").fetchone()
    assert pages is not None
    predicates = page_predicates("ctid", pages[0], 3)
    database.execute("INSERT INTO t SELECT n, repeat('y', 500) FROM generate_series(2001, 2500) n")
    parts = [rows_seen(database, [predicate]) for predicate in predicates]
    assert sorted(row for part in parts for row in part) == list(range(1, 2501))
    assert min(len(part) for part in parts) > 500
    database.execute("DROP TABLE t")


@pytest.mark.parametrize(("pages", "partitions"), [(63, 8), (10_000, 1)])
def test_a_small_table_or_one_connection_is_no_split(pages: int, partitions: int) -> None:
    assert page_predicates("ctid", pages, partitions) == []


@pytest.mark.parametrize(("low", "high", "partitions"), [(None, None, 4), ("5", "5", 4), ("1", "9", 1)])
def test_nothing_to_split_is_no_split(low: str | None, high: str | None, partitions: int) -> None:
    assert range_predicates("id", "int4", low, high, partitions) == []


@pytest.mark.parametrize(("kind", "bound"), [("timestamptz", "infinity"), ("float8", "NaN"), ("date", "0044-03-15 BC")])
def test_bounds_without_an_end_are_refused(kind: str, bound: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        range_predicates("c", kind, "2024-01-01" if kind != "float8" else "1", bound, 4)


def test_what_has_no_order_to_split_by_is_known() -> None:
    assert splittable("numeric")
    assert not splittable("text")
