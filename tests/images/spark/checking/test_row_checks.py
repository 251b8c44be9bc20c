"""Checks of staged rows: their SQL on a real PostgreSQL, and the sentences for what they find."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.checking.row_checks import StagedRows, failures
from longshore_spark.command_line.checks import parse_checks
from longshore_spark.databases.postgres.quoting import qualified, quoted
from longshore_spark.exceptions import ArgumentError

STAGED = """
CREATE TABLE "Staged rows" ("a b" int, b text, x double precision, day date, at timestamptz, local timestamp, at_ text);
INSERT INTO "Staged rows" VALUES
    (1, 'x', 0.5, current_date, now() - interval '1 hour', (now() AT TIME ZONE 'UTC') - interval '1 hour', 'it''s'),
    (2, 'x', NULL, current_date - 9, now() - interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days', NULL),
    (NULL, NULL, -0.25, '2024-01-31', '2024-01-31 00:00Z', '2024-01-31 00:00', ''),
    (NULL, NULL, 1.5, NULL, NULL, NULL, repeat('long ', 100))
"""
COLUMNS = ["a b", "b", "x", "day", "at", "local", "at_"]


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator["psycopg.Connection[Any]"]:
    with postgres.connect() as connection:
        connection.autocommit = False
        connection.execute(STAGED)
        yield connection
        connection.rollback()


def found(database: "psycopg.Connection[Any]", *checks: Any, source_rows: int = 4, where: str = "") -> list[str]:
    """The failures of the checks, whatever zone the session has."""
    database.execute("SET LOCAL TIME ZONE 'Australia/Lord_Howe'")
    table = qualified('"Staged rows"')
    if where:
        database.execute(f"CREATE OR REPLACE TEMP VIEW few AS SELECT * FROM {table} WHERE {where}")  # type: ignore[arg-type]
        table = "few"
    ((rows,),) = database.execute(f"SELECT count(*) FROM {table}").fetchall()  # type: ignore[arg-type]
    staged = StagedRows(
        run=lambda statement: database.execute(statement).fetchall(),  # type: ignore[arg-type]
        quoted=quoted,
        literal=literal,
        table=table,
        columns=COLUMNS,
        rows=rows,
    )
    return failures(parse_checks(json.dumps(checks), "postgres"), staged, source_rows=source_rows)


def fresh(column: str, hours: float) -> dict[str, Any]:
    return {"fresh": {"column": column, "within_hours": hours}}


def between(column: str, **ends: Any) -> dict[str, Any]:
    return {"between": {"column": column, **ends}}


@pytest.mark.parametrize(
    "check",
    [
        {"not_null": ["x"]},
        {"unique": ["a b", "x"]},
        {"row_count": {"min": 1, "max": 1}},
        between("x", min=0.5, max=1),
        between("day", min="2024-01-01"),
        between("b", max="x"),
        fresh("at", 2),
        fresh("local", 1.5),
        fresh("day", 24.5),
        {"sql": "SELECT * FROM rows WHERE x > 1 -- too much"},
        {"sql": "WITH r AS (SELECT count(*) AS n FROM rows) SELECT n FROM r WHERE n <> 1"},
        {"sql": """SELECT 1 FROM rows WHERE json_build_object('a', 1)::jsonb ? 'b' OR b = ';'"""},
    ],
)
def test_what_is_as_it_should_be_has_no_failure(database: "psycopg.Connection[Any]", check: dict[str, Any]) -> None:
    assert found(database, check, where='"a b" = 1') == []


def test_nulls_are_in_no_range(database: "psycopg.Connection[Any]") -> None:
    assert found(database, between("x", min=0), where='"a b" = 2') == []


def test_rows_are_as_many_as_were_read(database: "psycopg.Connection[Any]") -> None:
    assert found(database, {"row_count": "source"}) == []
    assert found(database, {"row_count": "source"}, source_rows=5) == [
        "row_count: there are 4 rows, and 5 were read",
    ]


def test_failures_name_the_check_and_rows(database: "psycopg.Connection[Any]") -> None:
    assert found(database, {"not_null": ["a b", "x"]}) == [
        "not_null of 'a b': 2 rows, such as a b=NULL, b=NULL, x=-0.25, day=2024-01-31; "
        "a b=NULL, b=NULL, x=1.5, day=NULL",
        "not_null of 'x': 1 row, such as x=NULL, a b=2, b=x, day=" + str(_nine_days_ago(database)),
    ]
    assert found(database, {"unique": ["b"]}) in (
        [f"unique of 'b': 2 values more than once, such as {one}; {other}"]
        for one, other in (("b=x (2 rows)", "b=NULL (2 rows)"), ("b=NULL (2 rows)", "b=x (2 rows)"))
    )
    assert found(database, {"row_count": {"min": 5}}, {"row_count": {"max": 3}}) == [
        "row_count: there are 4 rows, fewer than 5",
        "row_count: there are 4 rows, more than 3",
    ]
    assert found(database, between("x", min=0, max=1)) == [
        "between of 'x' (min 0, max 1): 2 rows, such as x=-0.25, a b=NULL, b=NULL, day=2024-01-31; "
        "x=1.5, a b=NULL, b=NULL, day=NULL"
    ]
    assert found(database, between("day", min="2024-02-01")) == [
        "between of 'day' (min 2024-02-01): 1 row, such as day=2024-01-31, a b=NULL, b=NULL, x=-0.25"
    ]
    assert found(database, {"sql": "SELECT at_, x FROM rows WHERE x > 1;"}) == [
        f"sql 'SELECT at_, x FROM rows WHERE x > 1': 1 row, such as ({'long ' * 8}…, 1.5)"
    ]


def test_three_rows_at_most_are_shown(database: "psycopg.Connection[Any]") -> None:
    (failure,) = found(database, {"sql": "SELECT n FROM rows, generate_series(1, 25) n"})
    assert ": 100 rows, such as (" in failure
    assert failure.count("(") == 1 + 1 + 2  # one is the statement's own


@pytest.mark.parametrize("column", ["day", "at", "local"])
def test_old_rows_are_not_fresh(database: "psycopg.Connection[Any]", column: str) -> None:
    (failure,) = found(database, fresh(column, 24), where='"a b" = 2')
    assert failure.startswith(f"fresh of '{column}': the newest value is 20")
    assert failure.endswith(", older than 24 hours")
    assert found(database, fresh(column, 24)) == []


@pytest.mark.parametrize("where", ["false", "at IS NULL"])
def test_without_a_value_nothing_is_fresh(database: "psycopg.Connection[Any]", where: str) -> None:
    assert found(database, fresh("at", 24), where=where) == ["fresh of 'at': there is no value"]


@pytest.mark.parametrize("check", [{"not_null": ["a b", "c"]}, {"unique": ["c"]}, between("c", min=0), fresh("c", 1)])
def test_a_column_that_is_not_there_is_a_failure_with_those_that_are(
    database: "psycopg.Connection[Any]", check: dict[str, Any]
) -> None:
    (failure,) = found(database, check)
    assert failure.endswith(": the rows have no 'c'; they have 'a b', 'b', 'x', 'day', 'at', 'local', 'at_'")


def test_a_text_in_a_check_is_a_value_and_no_sql(database: "psycopg.Connection[Any]") -> None:
    assert found(database, between("at_", min="it's' OR true --", max="it's' OR true --"), where='"a b" = 1') == [
        "between of 'at_' (min it's' OR true --, max it's' OR true --): 1 row, such as at_=it's, a b=1, b=x, x=0.5"
    ]


def test_no_checks_are_none() -> None:
    assert parse_checks(None, "spark") == parse_checks("[]", "spark") == ()


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({}, "checks[0] has nothing; a check has exactly one of not_null, unique, row_count"),
        ({"not_null": ["a"], "unique": ["a"]}, "checks[0] has 'not_null', 'unique'; a check has exactly one"),
        ({"notnull": ["a"]}, "checks[0] has 'notnull'"),
        ({"not_null": "a"}, "checks[0]['not_null'] is 'a'; it must be a list of different columns"),
        ({"unique": []}, "must be a list of different columns"),
        ({"unique": ["a", "a"]}, "must be a list of different columns"),
        ({"row_count": 1}, """checks[0]['row_count'] is 1; it must be "source", or a mapping"""),
        ({"row_count": {"least": 1}}, "or a mapping such as"),
        ({"row_count": {"min": -1}}, "of whole numbers from 0"),
        ({"row_count": {"min": 2, "max": 1}}, "has the min 2 above its max 1"),
        (between("x"), "with one of min and max, or both"),
        ({"between": {"min": 1}}, "with one of min and max, or both"),
        (between("x", min=None), "checks[0]['between']['min'] is None; it must be a number, or a text"),
        (between("x", max=float("nan")), "['max'] is nan; it must be a number"),
        (between("x", max=True), "['max'] is True"),
        (between("x", min=1, max="2"), "must be of one kind"),
        (between("x", min=2, max=1), "has the min 2 above its max 1"),
        ({"fresh": "x"}, '{"column": "updated_at", "within_hours": 24}'),
        (fresh("x", 0), "['within_hours'] is 0; it must be a number above 0, at most 876000"),
        (fresh("x", 1e9), "at most 876000"),
        ({"sql": ["SELECT 1"]}, "must be the text of a SELECT statement"),
        ({"sql": "DELETE FROM rows"}, "checks[0]['sql'] begins with 'DELETE'"),
        ({"sql": "SELECT 1; SELECT 2"}, "checks[0]['sql'] holds several statements"),
    ],
)
def test_a_check_of_another_form_is_refused_by_name(check: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse_checks(json.dumps([check]), "postgres")
    assert message in str(error.value)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"not_null": ["a"]}', "[[]]"])
def test_what_is_no_list_of_mappings_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="checks must be a list of mappings"):
        parse_checks(text, "spark")


def _nine_days_ago(database: "psycopg.Connection[Any]") -> Any:
    ((day,),) = database.execute('SELECT day FROM "Staged rows" WHERE "a b" = 2').fetchall()
    return day
