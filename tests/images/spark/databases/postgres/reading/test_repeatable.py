"""Plans of a real PostgreSQL show what several readers of one snapshot might see differently."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from longshore_cli.embedded.postgres import Postgres
from longshore_spark.databases.postgres.reading.repeatable import EXPLAIN, UNSTEADY, called, obstacle

SERIES = "SELECT n AS id, n * 2 AS b FROM generate_series(1, 999) n"
OBSTACLES = {
    "SELECT 1000 * random() AS id": "random() may give each reader other values",
    "SELECT id FROM sampled": "random() may give each reader other values",
    "SELECT id FROM unsaid(3) AS id": "unsaid() may give each reader other values",
    'SELECT "strange ""one"(1) AS id': 'strange "one() may give each reader other values',
    f"{SERIES} ORDER BY n % 10 LIMIT 500": "the step 'Limit'",
    f"SELECT * FROM ({SERIES} OFFSET 5) AS s": "the step 'Limit'",
    f"SELECT row_number() OVER (ORDER BY b % 10) AS id FROM ({SERIES}) AS s": "the step 'WindowAgg'",
    f"SELECT DISTINCT ON (b % 10) id FROM ({SERIES}) AS s": "the step 'Unique'",
    "SELECT oid::int8 AS id FROM pg_class TABLESAMPLE BERNOULLI (50)": "the step 'Sample Scan'",
    f"SELECT (array_agg(id))[1] AS id FROM ({SERIES}) AS s GROUP BY b % 10": "array_agg() may give",
    f"SELECT sum(id / 3.0::float8) AS id FROM ({SERIES}) AS s GROUP BY b % 10": "inexact numbers",
    f"SELECT now() - id * interval '1 hour' AS id FROM ({SERIES}) AS s": "depends on the clock",
    f"SELECT current_date - id AS id FROM ({SERIES}) AS s": "depends on the clock",
    f"SELECT (id + pg_backend_pid()) % 1000 AS id FROM ({SERIES}) AS s": "pg_backend_pid()",
    f"SELECT (id + inet_client_port()) % 1000 AS id FROM ({SERIES}) AS s": "inet_client_port()",
    f"SELECT b #### 3 AS id FROM ({SERIES}) AS s": "the operator ####",
    f"SELECT since(b) AS id FROM ({SERIES}) AS s": "since()",
    f"SELECT ('now'::text)::timestamptz - id * interval '1 hour' AS id FROM ({SERIES}) AS s": "depends on the clock",
    f"SELECT timestamptz 'now' - id * interval '1 hour' AS id FROM ({SERIES}) AS s": "depends on the clock",
    "SELECT u.id FROM unnest(ARRAY(SELECT oid::int8 FROM pg_class)) WITH ORDINALITY AS u(v, id)": "a subquery in an",
    f"SELECT (JSON_ARRAYAGG(id)->>0)::int AS id FROM ({SERIES}) AS s GROUP BY b % 5": "JSON_ARRAYAGG",
    f"SELECT LOCALTIMESTAMP - id * interval '1 hour' AS id FROM ({SERIES}) AS s": "depends on the clock",
}
CLEAR = [
    SERIES,
    f"SELECT * FROM ({SERIES}) AS s WHERE now() > timestamptz '2000-01-01' + id * interval '1 day'",
    f"SELECT o.id, count(*) FROM ({SERIES}) AS o JOIN ({SERIES}) AS p USING (id) GROUP BY o.id",
    f"SELECT id FROM ({SERIES}) AS o UNION ALL SELECT id + 999 FROM ({SERIES}) AS p",
    f"SELECT DISTINCT id FROM ({SERIES}) AS o",
    "SELECT oid::int8 AS id, upper(relname) FROM pg_class WHERE oid > 5 ORDER BY relname",
    "WITH w AS MATERIALIZED (SELECT oid::int8 AS id FROM pg_class) SELECT v.* FROM w AS v JOIN w USING (id)",
    "SELECT id FROM (VALUES (1), (2)) AS v(id) INTERSECT SELECT 2",
]


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator["psycopg.Connection[Any]"]:
    with postgres.connect() as connection:
        connection.autocommit = False
        connection.execute("CREATE VIEW sampled AS SELECT n AS id FROM generate_series(1, 9) n WHERE random() < 0.5")
        connection.execute("CREATE FUNCTION unsaid(int) RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN; END'")
        of_clock = "BEGIN RETURN $1 + extract(epoch FROM now())::int; END"
        connection.execute(f"CREATE FUNCTION since(int) RETURNS int STABLE LANGUAGE plpgsql AS '{of_clock}'")  # type: ignore[arg-type]
        connection.execute(
            "CREATE FUNCTION odd(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';"
            "CREATE OPERATOR #### (LEFTARG = int, RIGHTARG = int, FUNCTION = odd)"
        )
        connection.execute(
            """CREATE FUNCTION "strange ""one"(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"""
        )
        yield connection
        connection.rollback()


def found(database: "psycopg.Connection[Any]", query: str) -> str | None:
    ((plan,),) = database.execute(f"{EXPLAIN} SELECT * FROM ({query}) AS r").fetchall()  # type: ignore[arg-type]
    kinds = database.execute(f"SELECT * FROM ({query}) AS r LIMIT 0").description  # type: ignore[arg-type]
    assert kinds is not None
    kind = next(one.type_display for one in kinds if one.name == "id")
    statement, plan = UNSTEADY.replace("?", "%s"), plan[0]["Plan"]
    unsteady = database.execute(statement, [json.dumps(sorted(called(plan))), json.dumps(plan)]).fetchall()  # type: ignore[arg-type]
    return obstacle(plan, query, unsteady={name for (name,) in unsteady}, split_type=kind)


@pytest.mark.parametrize("query", OBSTACLES)
def test_what_may_differ_between_readers_is_named(database: "psycopg.Connection[Any]", query: str) -> None:
    assert OBSTACLES[query] in (found(database, query) or "nothing")


@pytest.mark.parametrize("query", CLEAR)
def test_what_is_the_same_for_all_readers_is_not_held_back(database: "psycopg.Connection[Any]", query: str) -> None:
    assert found(database, query) is None
