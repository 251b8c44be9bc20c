"""Rows that are added to a table: what its columns cannot hold exactly is refused, and nothing is written."""

import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World

FIRST = "1 AS id, 2 AS score, 1.25::numeric(10,2) AS price, date '2024-01-01' AS day"
CHANGED = {
    "score": "2.75::float8",
    "price": "0.0049::numeric(12,4)",
    "day": "timestamptz '2024-01-01 13:00Z'",
}
TYPES = {"score": ("double", "int"), "price": ("decimal(12,4)", "decimal(10,2)"), "day": ("timestamp", "date")}


def _with(column: str) -> str:
    columns = dict(part.rsplit(" AS ", 1)[::-1] for part in FIRST.split(", ")) | {column: CHANGED[column]}
    return "(SELECT " + ", ".join(f"{value} AS {name}" for name, value in columns.items()) + ")"


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_column_of_the_lake_that_would_change_values_is_named_with_both_types(world: World, mode: str) -> None:
    key = {"key": "id"} if mode == "merge" else {}
    target = f"lake.added.{mode}"
    outcomes = world.transfers.run_all(
        {
            "first": to_lake(f"(SELECT {FIRST})", target),
            **{column: to_lake(_with(column), target, mode=mode, **key) for column in CHANGED},
            "again": to_lake(f"(SELECT {FIRST.replace('1 AS id', '2::smallint AS id')})", target, mode=mode, **key),
        }
    )
    for column, (source, there) in TYPES.items():
        assert (
            f"The column {column} is {source} in the source, and {there} in the table '{target}'"
            in (outcomes[column]["error"])
        )
    assert outcomes["again"]["sink"]["total_rows"] == 2
    rows = world.lake.load_table(f"added.{mode}").scan().to_arrow().to_pylist()
    assert sorted(str(row["price"]) for row in rows) == ["1.25", "1.25"]


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_column_of_a_database_that_would_change_values_is_named_with_both_types(world: World, mode: str) -> None:
    key = {"key": "id"} if mode == "merge" else {}
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(
            f"CREATE TABLE added_{mode} (id bigint PRIMARY KEY, name varchar(20), price numeric(10,2), day date)"  # type: ignore[arg-type]
        )
    wrong = {
        "price": "SELECT 1 AS id, CAST(0.0049 AS DECIMAL(12,4)) AS price",
        "day": "SELECT 1 AS id, TIMESTAMP_NTZ '2024-01-01 13:00' AS day",
        "name": "SELECT 1 AS id, 5 AS name",
    }
    target = f"public.added_{mode}"
    outcomes = world.transfers.run_all(
        {
            **{column: to_database(f"({query})", target, mode=mode, **key) for column, query in wrong.items()},
            "right": to_database("(SELECT 1 AS id, 'a' AS name, 1.2BD AS price)", target, mode=mode, **key),
        }
    )
    said = {
        "price": "The column price is numeric(12,4) in the source, and numeric(10,2) in the table",
        "day": "The column day is timestamp without time zone in the source, and date in the table",
        "name": "The column name is integer in the source, and character varying(20) in the table",
    }
    for column, words in said.items():
        assert words in outcomes[column]["error"]
    assert outcomes["right"]["sink"]["total_rows"] == 1
