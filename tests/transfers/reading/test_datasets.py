"""A transfer reports its tables by their real names, as OpenLineage writes them."""

import json
from typing import Any

from embedded.transfers import to_database, to_lake

from transfers.conftest import PASSWORD, World


def _names(datasets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["namespace"], each["name"]) for each in datasets]


def test_a_transfer_reports_its_tables_and_those_behind_a_query(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            'CREATE SCHEMA "Line.age" AUTHORIZATION flights; SET ROLE flights; '
            'CREATE TABLE "Line.age"."T" (id int, price numeric(9,2), note varchar(5)); '
            'CREATE TABLE "Line.age".other (id int) PARTITION BY RANGE (id); '
            'CREATE TABLE "Line.age".part PARTITION OF "Line.age".other DEFAULT; '
            'CREATE VIEW "Line.age".v AS SELECT t.id FROM "Line.age"."T" AS t JOIN "Line.age".other USING (id)'
        )
    twice = "(WITH c AS (SELECT * FROM lake.line.a) SELECT c.id FROM c JOIN lake.line.b USING (id))"
    again = to_lake("(SELECT 1 AS id)", "lake.line.c", mode="append", commit_key=f"{'c' * 32}:-")
    outcomes = world.transfers.run_all(
        {
            "table": to_lake('"Line.age"."T"', "lake.line.a"),
            "query": to_lake('(SELECT * FROM "Line.age".v)', 'lake.line."b"'),
            "view": to_lake('"Line.age".v', "lake.line.v"),
            "nothing": again,
            "nothing again": again,
            "lake query": to_database(twice, "served.t"),
            "lake table": to_database("lake.line.a", "served.a"),
        }
    )
    assert [name for name, outcome in outcomes.items() if "error" in outcome] == [], outcomes
    found = {name: outcome["datasets"] for name, outcome in outcomes.items()}
    database = f"postgres://{world.postgres.host}:{world.postgres.port}"
    table, other, view = ((database, f"flights.Line.age.{name}") for name in ("T", "other", "v"))
    a, b, c = (("file", f"{world.warehouse}/line/{name}") for name in ("a", "b", "c"))

    assert _names(found["table"]["inputs"]) == [table]
    assert _names(found["table"]["outputs"]) == [a]
    assert found["table"]["outputs"][0]["symlinks"] == [{"namespace": database, "name": "lake_catalog.line.a"}]
    assert found["table"]["outputs"][0]["columns"] == {"id": "int", "price": "decimal(9,2)", "note": "string"}
    assert list(found["table"]["inputs"][0]["columns"]) == ["id", "price", "note"]
    assert sorted(_names(found["query"]["inputs"])) == [table, other]
    assert _names(found["view"]["inputs"]) == [view]
    assert _names(found["nothing"]["inputs"]) == []
    assert "already_committed" in outcomes["nothing again"]
    assert _names(found["nothing again"]["outputs"]) == [c]
    assert sorted(_names(found["lake query"]["inputs"])) == [a, b]
    assert _names(found["lake query"]["outputs"]) == [(database, "flights.served.t")]
    assert found["lake table"]["outputs"][0]["columns"]["price"] == "numeric(9,2)"
    assert PASSWORD not in json.dumps(found)
