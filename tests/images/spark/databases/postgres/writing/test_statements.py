"""The statements of a transfer; `tests/transfers` and `tests/embedded/test_transfers.py` run them after Spark."""

import re
from typing import Any

import psycopg
import pytest
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.databases.postgres.quoting import literal, qualified, quoted
from longshore_spark.databases.postgres.writing.statements import Move, changes
from longshore_spark.spark.names import spark_quoted, spark_table

Connection = psycopg.Connection[Any]


def move(columns: dict[str, str], key: tuple[str, ...] = (), **changed: Any) -> Move:
    staged = {name: name for name in columns}
    parts = {"columns": columns, "key": key, "staged": staged, "overriding": False, **changed}
    return Move(target="s.t", staging='"s"."new"', **parts)


def run(connection: Connection, statements: list[str]) -> list[int]:
    return [connection.execute(statement).rowcount for statement in statements]  # type: ignore[arg-type]


def test_names_are_quoted_whatever_they_hold() -> None:
    assert quoted('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert qualified('"Serving".routes') == '"Serving"."routes"'
    assert qualified("Serving.ROUTES") == '"serving"."routes"'
    assert spark_quoted("a`b") == "`a``b`"
    assert spark_table("lake.raw.2024") == "`lake`.`raw`.`2024`"


def test_texts_are_quoted_whatever_they_hold_and_the_server_says(postgres: Postgres) -> None:
    text = "it's \\ a \\' \"text\" $1 ?"
    with postgres.connect() as connection:
        for setting in ("on", "off"):
            connection.execute(f"SET standard_conforming_strings = {setting}")  # type: ignore[arg-type]
            assert connection.execute(f"SELECT {literal(text)}").fetchone() == (text,)  # type: ignore[arg-type]


def test_rows_get_into_the_columns_of_their_names_in_any_order_and_with_the_types_there() -> None:
    named = move({"id": "bigint", 'na"me': "uuid"}, staged={"id": "ID", 'na"me': "name"})
    assert named.insert() == (
        'INSERT INTO "s"."t" ("id", "na""me") SELECT staged."ID"::bigint, staged."name"::uuid FROM "s"."new" AS staged'
    )


def test_an_identity_column_gets_the_values_that_are_given(postgres: Postgres) -> None:
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (id int GENERATED ALWAYS AS IDENTITY, v text)")
        connection.execute("CREATE TABLE s.new AS SELECT 7 AS id, 'a' AS v")
        run(connection, [move({"id": "integer", "v": "text"}, overriding=True).insert()])
        assert connection.execute("SELECT id, v FROM s.t").fetchall() == [(7, "a")]


def test_columns_are_added_and_widened_where_they_are(postgres: Postgres) -> None:
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (n numeric(5,2) CHECK (n > 0), i int PRIMARY KEY)")
        connection.execute("INSERT INTO s.t VALUES (123.45, 1)")
        run(connection, changes("s.t", {'e"mail': "text"}, {"n": "numeric(12,2)", "i": "bigint"}))
        assert connection.execute('SELECT n::text, i, "e""mail", pg_typeof(i)::text FROM s.t').fetchall() == [
            ("123.45", 1, None, "bigint")
        ]
        constraints = "SELECT count(*) FROM pg_constraint WHERE conrelid = 's.t'::regclass AND contype IN ('c', 'p')"
        assert connection.execute(constraints).fetchone() == (2,)


@pytest.fixture
def two_columns_of_a_key(postgres: Postgres) -> Any:
    """A table with NULLs in its keys, one column more than is given, and its staged rows."""
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "CREATE SCHEMA s; CREATE TABLE s.t (a int, b text, v text, note text DEFAULT 'fresh');"
            "CREATE TABLE s.new (a int, b text, v text)"
        )
        connection.execute(
            "INSERT INTO s.t VALUES (1, 'x', 'old', 'mine'), (1, NULL, 'old', 'mine'), (NULL, NULL, 'old', 'mine'), "
            "(2, 'x', 'old', 'mine'), (NULL, 'y', 'old', 'mine')"
        )
        connection.execute(
            "INSERT INTO s.new VALUES (1, 'x', 'new'), (1, NULL, 'new'), (NULL, NULL, 'new'), (3, 'x', 'new'), "
            "(NULL, 'x', 'new')"
        )
        yield connection


COLUMNS = {"a": "integer", "b": "text", "v": "text"}
ALL = "SELECT a, b, v, note FROM s.t ORDER BY a NULLS LAST, b NULLS LAST"


def test_a_merge_updates_the_given_columns_of_rows_of_its_keys_nulls_among_them(
    two_columns_of_a_key: Connection,
) -> None:
    changed = run(two_columns_of_a_key, move(COLUMNS, ("a", "b")).merge(delete_missing=False))
    assert changed == [1, 2, 1, 1]
    assert two_columns_of_a_key.execute(ALL).fetchall() == [
        *((1, "x", "new", "mine"), (1, None, "new", "mine"), (2, "x", "old", "mine"), (3, "x", "new", "fresh")),
        *((None, "x", "new", "fresh"), (None, "y", "old", "mine"), (None, None, "new", "mine")),
    ]


def test_a_merge_deletes_rows_without_their_key_in_the_source_when_asked(two_columns_of_a_key: Connection) -> None:
    changed = run(two_columns_of_a_key, move(COLUMNS, ("a", "b")).merge(delete_missing=True))
    assert changed == [1, 2, 1, 1, 1, 1]
    assert two_columns_of_a_key.execute(ALL).fetchall() == [
        *((1, "x", "new", "mine"), (1, None, "new", "mine"), (3, "x", "new", "fresh")),
        *((None, "x", "new", "fresh"), (None, None, "new", "mine")),
    ]


def test_a_merge_of_keys_alone_inserts_what_is_new(two_columns_of_a_key: Connection) -> None:
    statements = move({"a": "integer", "b": "text"}, ("a", "b")).merge(delete_missing=False)
    assert run(two_columns_of_a_key, statements) == [1, 1]


def test_keys_that_the_target_has_twice_are_found_if_they_are_given(two_columns_of_a_key: Connection) -> None:
    twice = move(COLUMNS, ("a", "b")).repeated_keys()
    assert two_columns_of_a_key.execute(twice).fetchall() == []  # type: ignore[arg-type]
    two_columns_of_a_key.execute("INSERT INTO s.t VALUES (1, NULL), (3, 'x'), (2, 'x')")
    assert two_columns_of_a_key.execute(twice).fetchall() == [("1", None)]  # type: ignore[arg-type]
    two_columns_of_a_key.execute("INSERT INTO s.t VALUES (3, 'x')")
    assert two_columns_of_a_key.execute(twice).fetchall() == [("3", "x"), ("1", None)]  # type: ignore[arg-type]


def test_a_merge_of_many_rows_compares_no_row_with_all_others(postgres: Postgres) -> None:
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id, i AS v FROM generate_series(1, 50000) i"
        )
        connection.execute("CREATE TABLE s.new AS TABLE s.t; ANALYZE s.t; ANALYZE s.new")
        merging = move({"id": "integer", "v": "integer"}, ("id",))
        by_value, by_null, insert, insert_null, delete, delete_null = merging.merge(delete_missing=True)
        for statement in (by_value, insert, delete):
            assert "Nested Loop" not in _plan(connection, statement, "FORMAT JSON")
        # Nothing is NULL here, so that these have nothing to compare.
        for statement in (by_null, insert_null, delete_null):
            ran = _plan(connection, statement, "ANALYZE, FORMAT JSON")
            assert set(re.findall(r"'Rows Removed by Join Filter': (\d+)", ran)) <= {"0"}


def _plan(connection: Connection, statement: str, options: str) -> str:
    return str(connection.execute(f"EXPLAIN ({options}) {statement}").fetchone())  # type: ignore[arg-type]
