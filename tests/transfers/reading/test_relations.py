"""Relations that a source may be: any kind of relation, and what its role may read of it."""

import pytest
from embedded.transfers import to_lake

from transfers.conftest import World


@pytest.fixture(scope="module", autouse=True)
def relations(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA kinds; GRANT USAGE ON SCHEMA kinds TO flights;"
            "CREATE TABLE kinds.plain (id int PRIMARY KEY); INSERT INTO kinds.plain VALUES (7);"
            "CREATE UNLOGGED TABLE kinds.unlogged AS TABLE kinds.plain;"
            "CREATE MATERIALIZED VIEW kinds.full AS TABLE kinds.plain;"
            "CREATE MATERIALIZED VIEW kinds.empty AS TABLE kinds.plain WITH NO DATA;"
            "CREATE SEQUENCE kinds.numbers; SELECT nextval('kinds.numbers'); CREATE TYPE kinds.pair AS (a int, b int);"
            "CREATE TABLE kinds.partly (id int, name text, salary int); INSERT INTO kinds.partly VALUES (1, 'a', 9);"
            "GRANT SELECT ON ALL TABLES IN SCHEMA kinds TO flights; GRANT SELECT ON kinds.numbers TO flights;"
            "REVOKE SELECT ON kinds.partly FROM flights; GRANT SELECT (id, name) ON kinds.partly TO flights;"
            "CREATE TABLE kinds.secret (id int);"
            "CREATE TABLE kinds.orders (id int, tenant text);"
            "INSERT INTO kinds.orders SELECT n, CASE WHEN n % 4 = 0 THEN 'flights' END FROM generate_series(1, 8000) n;"
            "ALTER TABLE kinds.orders ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY own ON kinds.orders USING (tenant = current_user);"
            "CREATE VIEW kinds.of_owner AS TABLE kinds.orders;"
            "GRANT SELECT ON kinds.orders, kinds.of_owner TO flights"
        )


def test_a_table_of_any_kind_is_read_and_a_sequence_as_its_row(world: World) -> None:
    names = ["unlogged", "full", "numbers"]
    outcomes = world.transfers.run_all({name: to_lake(f"kinds.{name}", f"lake.kinds.{name}") for name in names})
    assert [one["error"] for one in outcomes.values() if "error" in one] == []
    for name in names:
        (row,) = world.lake.load_table(f"kinds.{name}").scan().to_arrow().to_pylist()
        assert row["last_value" if name == "numbers" else "id"] == (1 if name == "numbers" else 7)


MAY_NOT = "The role 'flights' (connection 'flights_db') may not read"
REFUSED = {
    "kinds.plain_pkey": "The source 'kinds.plain_pkey' is an index; name a table or a view.",
    "kinds.pair": "The source 'kinds.pair' is a composite type; name a table or a view.",
    "kinds.empty": 'materialized view "empty" has not been populated',
    "kinds.secret": f"{MAY_NOT} 'kinds.secret'; grant it SELECT.",
    "kinds.partly": f"""{MAY_NOT} the columns "salary" of 'kinds.partly'; grant it SELECT, or name the columns""",
    "pg_temp.mine": "The table 'pg_temp.mine' is not in the database 'flights'",
}


def test_what_cannot_be_read_is_refused_by_name_with_the_reason(world: World) -> None:
    outcomes = world.transfers.run_all({name: to_lake(name, "lake.kinds.never") for name in REFUSED})
    assert {name: one for name, one in outcomes.items() if REFUSED[name] not in one.get("error", "")} == {}


def test_columns_that_the_role_may_read_are_read_by_a_query(world: World) -> None:
    done = world.transfers.run(to_lake("(SELECT id, name FROM kinds.partly)", "lake.kinds.partly"))
    assert done["status"] == 0, done["error"]
    assert world.lake.load_table("kinds.partly").scan().to_arrow().to_pylist() == [{"id": 1, "name": "a"}]


@pytest.mark.parametrize(
    ("source", "rows", "hidden"),
    [
        ("kinds.orders", 2000, True),
        ("(SELECT o.* FROM kinds.orders o JOIN kinds.plain ON true)", 2000, True),
        # The view's owner sees all rows, and so do those who may read the view.
        ("kinds.of_owner", 8000, False),
    ],
)
def test_rows_that_row_security_hides_are_left_out_and_the_result_and_the_log_say_so(
    world: World, source: str, rows: int, hidden: bool
) -> None:
    before = world.transfers.log.stat().st_size
    done = world.transfers.run(to_lake(source, "lake.kinds.orders", partition_column="id", partitions="4"))
    assert done["status"] == 0, done["error"]
    assert done["source"]["rows"] == rows
    assert done.get("row_security") == (["kinds.orders"] if hidden else None)
    with world.transfers.log.open("rb") as log:
        log.seek(before)
        told = "Row security of kinds.orders applies to the role 'flights': rows that it may not see are left out."
        assert (told in log.read().decode()) == hidden


def test_hidden_rows_are_not_deleted_and_a_connection_can_refuse_them(world: World) -> None:
    world.connection("whole_db", extra={"options": "-c row_security=off"})
    done = world.transfers.run(to_lake("kinds.orders", "lake.kinds.never", source_connection="whole_db"))
    assert 'query would be affected by row-level security policy for table "orders"' in done["error"]
    merge = {"mode": "merge", "key": "id", "delete_missing": "true"}
    done = world.transfers.run(to_lake("kinds.orders", "lake.kinds.never", **merge))
    assert "delete_missing would delete the rows that it may not see" in done["error"]
