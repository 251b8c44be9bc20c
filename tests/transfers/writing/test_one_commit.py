"""One commit for each task instance: an append is never done twice, and merges touch nothing but what was given."""

from embedded.transfers import to_database, to_lake

from transfers.conftest import World

ONE, OTHER = "a" * 32, "b" * 32
"""Task instances."""


def _lake_ids(world: World, table: str) -> list[int]:
    return sorted(row["id"] for row in world.lake.load_table(table).scan().to_arrow().to_pylist())


def test_an_append_to_the_lake_with_a_known_key_is_not_done_again(world: World) -> None:
    first = to_lake("(SELECT 1 AS id)", "lake.once.t", mode="append", commit_key=f"{ONE}:-")
    outcomes = world.transfers.run_all(
        {
            "first": first,
            "again": to_lake("(SELECT 11 AS id)", "lake.once.t", mode="append", commit_key=f"{ONE}:-"),
            "another task": to_lake("(SELECT 2 AS id)", "lake.once.t", mode="append", commit_key=f"{OTHER}:-"),
            "cleared after success": to_lake(
                "(SELECT 111 AS id)", "lake.once.t", mode="append", commit_key=f"{ONE}:00job1"
            ),
            "its retry": to_lake("(SELECT 1111 AS id)", "lake.once.t", mode="append", commit_key=f"{ONE}:00job1"),
        }
    )
    assert outcomes["again"]["already_committed"]["job_run"].startswith("000")
    assert outcomes["again"]["sink"]["rows"] == 0
    assert "already_committed" in outcomes["its retry"]
    assert outcomes["cleared after success"]["sink"] == {"name": "lake.once.t", "rows": 1, "total_rows": 2}
    assert _lake_ids(world, "once.t") == [2, 111]


def test_an_append_that_cannot_be_told_from_others_is_not_done_again(world: World) -> None:
    outcomes = world.transfers.run_all(
        {
            "first": to_lake("(SELECT 1 AS id)", "lake.once.u", mode="append", commit_key=f"{ONE}:-"),
            "merge": to_lake("(SELECT 1 AS id, 'x'::text AS a)", "lake.once.u", mode="merge", key="id"),
            "cleared after success": to_lake(
                "(SELECT 2 AS id)", "lake.once.u", mode="append", commit_key=f"{ONE}:00job1"
            ),
            "overwritten": to_lake("(SELECT 3 AS id)", "lake.once.u"),
            "and appended again": to_lake("(SELECT 2 AS id)", "lake.once.u", mode="append", commit_key=f"{ONE}:00job1"),
        }
    )
    assert "cannot be told from others any more" in outcomes["cleared after success"]["error"]
    assert _lake_ids(world, "once.u") == [2, 3]


def test_an_append_to_a_database_with_a_known_key_is_not_done_again(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA rooms; GRANT ALL ON SCHEMA rooms TO flights; CREATE SCHEMA once AUTHORIZATION flights"
        )
    outcomes = world.transfers.run_all(
        {
            "first": to_database(
                "(SELECT 1 AS id)", "once.t", mode="append", commit_key=f"{ONE}:-", staging_schema="rooms"
            ),
            "again": to_database(
                "(SELECT 1 AS id)", "once.t", mode="append", commit_key=f"{ONE}:-", staging_schema="rooms"
            ),
            "another": to_database(
                "(SELECT 2 AS id)", "once.t", mode="append", commit_key=f"{OTHER}:-", staging_schema="rooms"
            ),
            "cleared": to_database(
                "(SELECT 1 AS id)", "once.t", mode="append", commit_key=f"{ONE}:00job1", staging_schema="rooms"
            ),
        }
    )
    assert "already_committed" in outcomes["again"], outcomes
    assert "_longshore_commits" in outcomes["cleared"]["error"]
    with world.postgres.connect("flights") as connection:
        assert connection.execute("SELECT array_agg(id ORDER BY id) FROM once.t").fetchone() == ([1, 2],)
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'rooms'::regnamespace AND relkind = 'r'"
        )
        assert tables.fetchall() == [("_longshore_commits",)]
    world.transfers.run(to_database("(SELECT 9 AS id)", "once.t"))
    outcome = world.transfers.run(
        to_database("(SELECT 1 AS id)", "once.t", mode="append", commit_key=f"{ONE}:-", staging_schema="rooms")
    )
    assert outcome["sink"]["total_rows"] == 2


def test_an_append_whose_table_was_dropped_is_done_again(world: World) -> None:
    append = to_database("(SELECT 1 AS id)", "public.dropped", mode="append", commit_key=f"{ONE}:-")
    assert world.transfers.run(append)["sink"]["total_rows"] == 1
    with world.postgres.connect("flights") as connection:
        connection.execute("DROP TABLE dropped")
    again = world.transfers.run(append)
    assert again["sink"]["total_rows"] == 1
    assert "already_committed" in world.transfers.run(append)


def test_a_merge_updates_the_columns_that_were_given(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA refs AUTHORIZATION flights; SET ROLE flights;"
            "CREATE TABLE refs.parent (id int PRIMARY KEY, name text, "
            "note text NOT NULL, at timestamptz DEFAULT now());"
            "INSERT INTO refs.parent VALUES (1, 'one', 'mine', '2020-01-01Z'), (2, 'two', 'mine', '2020-01-01Z');"
            "CREATE TABLE refs.child (pid int REFERENCES refs.parent ON DELETE CASCADE);"
            "INSERT INTO refs.child VALUES (1), (2)"
        )
    outcome = world.transfers.run(to_database("(SELECT 1 AS id, 'ONE' AS name)", "refs.parent", mode="merge", key="id"))
    assert outcome["status"] == 0, outcome
    refused = world.transfers.run(to_database("(SELECT 1 AS id, 'ONE' AS name)", "refs.parent"))
    assert "Other tables refer to 'refs.parent' (child_pid_fkey of refs.child)" in refused["error"]
    with world.postgres.connect("flights") as connection:
        assert connection.execute(
            "SELECT id, name, note, at = '2020-01-01Z' FROM refs.parent ORDER BY id"
        ).fetchall() == [
            (1, "ONE", "mine", True),
            (2, "two", "mine", True),
        ]
        assert connection.execute("SELECT count(*) FROM refs.child").fetchone() == (2,)


def test_a_merge_into_the_lake_updates_the_columns_that_were_given(world: World) -> None:
    outcomes = world.transfers.run_all(
        {
            "first": to_lake(
                "(SELECT n AS id, 'a'::text AS name, 'mine'::text AS note FROM generate_series(1, 3) n)",
                "lake.merged.t",
            ),
            "merge": to_lake(
                "(SELECT 2 AS id, 'b'::text AS name UNION ALL SELECT 4, 'c')", "lake.merged.t", mode="merge", key="id"
            ),
            "wider": to_lake(
                "(SELECT 5000000000 AS id, 1.5::float8 AS score)", "lake.merged.t", mode="merge", key="id"
            ),
            "deletes": to_lake("missing_from", "lake.merged.t", mode="merge", key="id", delete_missing="true"),
        }
    )
    assert "not in the database" in outcomes["deletes"]["error"]
    assert outcomes["merge"]["sink"]["total_rows"] == 4, outcomes
    rows = sorted(tuple(row.values()) for row in world.lake.load_table("merged.t").scan().to_arrow().to_pylist())
    assert rows == [
        (1, "a", "mine", None),
        (2, "b", "mine", None),
        (3, "a", "mine", None),
        (4, "c", None, None),
        (5000000000, None, None, 1.5),
    ]
    with world.postgres.connect("flights") as connection:
        connection.execute("CREATE TABLE whole AS SELECT 2::bigint AS id, 'z'::text AS name UNION SELECT 7, 'y'")
        connection.execute("GRANT SELECT ON whole TO flights")
    outcome = world.transfers.run(to_lake("whole", "lake.merged.t", mode="merge", key="id", delete_missing="true"))
    assert outcome["status"] == 0, outcome
    rows = sorted(tuple(row.values()) for row in world.lake.load_table("merged.t").scan().to_arrow().to_pylist())
    assert rows == [(2, "z", "mine", None), (7, "y", None, None)]


def test_a_merge_that_reads_for_long_writes_by_the_columns_that_it_has_changed(world: World) -> None:
    """The source takes longer than Spark keeps the target (see `world`)."""
    source = "(SELECT 2 AS id, 0.1::float8 AS score FROM pg_sleep(9))"
    outcomes = world.transfers.run_all(
        {
            "first": to_lake("(SELECT 1 AS id, 0.5::real AS score)", "lake.merged.wider"),
            "wider": to_lake(source, "lake.merged.wider", mode="merge", key="id"),
        }
    )
    assert "error" not in outcomes["wider"], outcomes
    rows = world.lake.load_table("merged.wider").scan().to_arrow().to_pylist()
    assert sorted(map(str, rows)) == ["{'id': 1, 'score': 0.5}", "{'id': 2, 'score': 0.1}"]


def test_a_failed_check_leaves_the_target_alone(world: World) -> None:
    checks = '[{"not_null": ["name"]}, {"row_count": "source"}, {"sql": "SELECT * FROM rows WHERE id > 5"}]'
    outcomes = world.transfers.run_all(
        {
            "lake": to_lake("(SELECT 1 AS id, NULL::text AS name)", "lake.checked.t", checks=checks),
            "database": to_database("(SELECT 9 AS id, CAST(NULL AS STRING) AS name)", "public.checked", checks=checks),
            "right": to_lake("(SELECT 1 AS id, 'a'::text AS name)", "lake.checked.t", checks=checks),
            "wrong": to_lake("(SELECT 8 AS id, 'a'::text AS name)", "lake.checked.t", checks=checks),
            "merge": to_lake(
                "(SELECT 1 AS id, NULL::text AS name)", "lake.checked.t", mode="merge", key="id", checks=checks
            ),
        }
    )
    assert "not_null of 'name': 1 row, such as name=NULL, id=1" in outcomes["lake"]["error"]
    assert "sql 'SELECT * FROM rows WHERE id > 5': 1 row, such as (9, NULL)" in outcomes["database"]["error"]
    assert "such as (8, a)" in outcomes["wrong"]["error"]
    assert "not_null of 'name'" in outcomes["merge"]["error"]
    rows = world.lake.load_table("checked.t").scan().to_arrow().to_pylist()
    assert rows == [{"id": 1, "name": "a"}]
    with world.postgres.connect("flights") as connection:
        assert connection.execute("SELECT to_regclass('public.checked')").fetchone() == (None,)
    files = list((world.warehouse / "checked").rglob("*.parquet"))
    assert len(files) == 1
