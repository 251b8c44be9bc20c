"""Tables of other databases (postgres_fdw), and types of extensions."""

from typing import Any

import pytest
from embedded.transfers import to_database, to_lake
from longshore_cli.embedded.postgres import Postgres
from psycopg import sql

from transfers.conftest import PASSWORD, World

VALUES = {
    "c": ("'AbC'::citext", "AbC"),
    "h": ("""'a=>1, "b c"=>NULL'::hstore""", '"a"=>"1", "b c"=>NULL'),
    "l": ("'Top.Science'::ltree", "Top.Science"),
    "q": ("'(1,2)'::cube", "(1, 2)"),
    "ca": ("'{A,b}'::citext[]", "['A', 'b']"),
    "ha": ("ARRAY['a=>1'::hstore, NULL]", """['"a"=>"1"', None]"""),
    "x": ("""'<a b="1"> x </a>'::xml""", '<a b="1"> x </a>'),
}


@pytest.fixture(scope="module")
def foreign(oldest: Postgres) -> Postgres:
    """A server with the foreign table `far`, a partitioned table with a partition far away, and a view over both."""
    with oldest.connect("flights") as connection:
        connection.execute(
            "CREATE EXTENSION postgres_fdw; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;"
            "CREATE EXTENSION cube; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO flights; SET ROLE flights"
        )
        other = {"host": oldest.host, "port": str(oldest.port), "dbname": "flights"}
        options = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in other.items()
        )
        connection.execute(
            sql.SQL(
                "CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({});"
                "CREATE USER MAPPING FOR flights SERVER other OPTIONS (user 'flights', password {});"
            ).format(options, sql.Literal(PASSWORD))
        )
        columns = "id int, price numeric(9,2), at timestamptz"
        connection.execute(
            f"CREATE TABLE near ({columns});"
            "INSERT INTO near SELECT n, n * 1.5, timestamptz '2024-01-01 00:00Z' + n * interval '1 hour' "
            "FROM generate_series(1, 3000) n;"
            f"CREATE FOREIGN TABLE far ({columns}) SERVER other OPTIONS (table_name 'near');"
            f"CREATE TABLE mixed ({columns}) PARTITION BY RANGE (id);"
            "CREATE FOREIGN TABLE mixed_far PARTITION OF mixed FOR VALUES FROM (1) TO (3001) "
            "SERVER other OPTIONS (table_name 'near');"
            "CREATE TABLE mixed_here PARTITION OF mixed DEFAULT; INSERT INTO mixed_here VALUES (4000, 1, now());"
            "CREATE VIEW both_places AS SELECT id, price FROM far UNION ALL SELECT id + 10000, price FROM near"
        )
    return oldest


def test_one_connection_reads_tables_of_other_databases_and_all_of_their_rows(world: World, foreign: Postgres) -> None:
    near = list(range(1, 3001))
    expected = {"far": near, "mixed": [*near, 4000], "both_places": [*near, *(id_ + 10_000 for id_ in near)]}
    options = {"source_connection": "oldest_db", "partition_column": "id", "partitions": "4"}
    outcomes = world.transfers.run_all(
        {name: to_lake(name, f"lake.foreign_tables.{name}", **options) for name in expected}
    )
    assert [one.get("partitions", one) for one in outcomes.values()] == [1, 1, 1]
    for name, ids in expected.items():
        found = world.lake.load_table(f"foreign_tables.{name}").scan(selected_fields=("id",)).to_arrow()
        assert sorted(found.column("id").to_pylist()) == ids


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_a_target_that_is_not_in_one_database_is_refused(world: World, foreign: Postgres, mode: str) -> None:
    options: dict[str, Any] = {"mode": mode, "target_connection": "oldest_db"}
    done = world.transfers.run(to_database("(SELECT 1 AS id)", "public.far", **options))
    assert "The target 'public.far' is a foreign table" in done["error"]
    done = world.transfers.run(to_database("(SELECT 4001 AS id)", "public.mixed", **options))
    assert "The table 'public.mixed' has partitions in another database (mixed_far)" in done["error"]


def test_types_of_extensions_and_xml_are_their_exact_texts(world: World, foreign: Postgres) -> None:
    select = ", ".join(f"{value} AS {name}" for name, (value, _) in VALUES.items())
    source = to_lake(f"(SELECT {select})", "lake.foreign_tables.types", source_connection="oldest_db")
    done = world.transfers.run(source)
    assert done["status"] == 0, done["error"]
    (row,) = world.lake.load_table("foreign_tables.types").scan().to_arrow().to_pylist()
    assert {name: str(value) for name, value in row.items()} == {name: shown for name, (_, shown) in VALUES.items()}
