"""The transfer application with every mode, type and way to split, against real tables."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform
from row_checksums import checksum
from support.waiting import until

from .lake import catalog, columns_of, lake_rows, source_rows
from .transfers import Transfers, to_database, to_lake

# Every kind of column that a source is likely to have, rows with NULL in every column that may, and a skewed one.
_ODD = """
CREATE TABLE odd (
  id bigint PRIMARY KEY, small smallint, price numeric(12,2), ratio double precision, yes boolean,
  "Mixed Case" text, day date, at timestamptz, local timestamp, skewed integer
);
INSERT INTO odd SELECT
  n * 1000003, (n % 100)::smallint, n * 1.25, n / 3.0, n % 2 = 0,
  'it''s "ünï" ' || chr(10) || n, date '1969-07-20' + n, timestamptz '2024-03-31 00:30+00' + n * interval '1 hour',
  timestamp '2024-03-31 01:30' + n * interval '17 minutes', CASE WHEN n < 490 THEN 1 ELSE 1000000 END
FROM generate_series(-500, 500) AS n;
INSERT INTO odd (id) VALUES (9000000001), (9000000002);
CREATE TABLE nothing (id integer, name text);
CREATE TABLE all_null (id integer); INSERT INTO all_null SELECT NULL FROM generate_series(1, 7);
CREATE TABLE kept (id integer PRIMARY KEY, name text); INSERT INTO kept VALUES (1, 'one'), (2, 'two');
CREATE ROLE reader; GRANT SELECT ON kept TO reader;
CREATE TABLE replaced (old integer);
CREATE TABLE merged (id integer PRIMARY KEY, name text, note text DEFAULT 'by us');
INSERT INTO merged VALUES (1, 'one', 'mine'), (2, 'two', 'mine');
"""
_SPLITS = ["auto", "id", "small", "price", "ratio", "day", "at", "local", "skewed"]


def values(*rows: tuple[int | str, ...]) -> str:
    shown = ", ".join("(" + ", ".join(repr(value) for value in row) + ")" for row in rows)
    return f"(SELECT * FROM VALUES {shown} AS t(id, name))"


TRANSFERS = {
    **{
        f"split by {column}": to_lake("odd", f"lake.odd.by_{column}", partition_column=column, partitions="4")
        for column in _SPLITS
    },
    "nothing": to_lake("nothing", "lake.odd.nothing"),
    "all null": to_lake("all_null", "lake.odd.all_null", partition_column="id", partitions="4"),
    "append": to_lake("(SELECT 1 AS id)", "lake.odd.appended", mode="append"),
    "append again": to_lake("(SELECT 2 AS id)", "lake.odd.appended", mode="append"),
    "other columns": to_lake("(SELECT 'x' AS name)", "lake.odd.appended"),
    "merge of a null key": to_lake(
        "(SELECT NULL::int AS id, 'old' AS name)", "lake.odd.null_key", mode="merge", key="id"
    ),
    "merge of a null key again": to_lake(
        "(SELECT NULL::int AS id, 'new' AS name)", "lake.odd.null_key", mode="merge", key="id"
    ),
    "merge of a key twice": to_lake(
        "(SELECT 1 AS id, name FROM airlines)", "lake.odd.null_key", mode="merge", key="id"
    ),
    "split by text": to_lake("odd", "lake.odd.never", partition_column="Mixed"),
    "by reference": to_lake("@{tmp}/query.sql", "lake.odd.by_reference"),
    "by a reference to nothing": to_lake("@{tmp}/none.sql", "lake.odd.never"),
    "to kept": to_database(values((3, "three")), "public.kept"),
    "to replaced": to_database(values((3, "three")), "public.replaced"),
    "to merged": to_database(values((2, "zwei"), (3, "drei")), "public.merged", mode="merge", key="id"),
    "to merged, a key twice": to_database(values((1, "a"), (1, "b")), "public.merged", mode="merge", key="id"),
    "to appended": to_database(values((1, "a")), "new_schema.appended", mode="append"),
    "to appended again": to_database(values((1, "a")), "new_schema.appended", mode="append"),
    "to appended, other columns": to_database(
        "(SELECT 1 AS other)", "new_schema.appended", mode="append", schema_changes="fail"
    ),
}


@pytest.fixture(scope="module")
def outcomes(
    platform: Platform, transfers: Transfers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The outcomes of TRANSFERS, in their order."""
    folder = tmp_path_factory.mktemp("queries")
    (folder / "query.sql").write_text("(SELECT 42 AS answer)\n")
    with platform.postgres.connect("flights") as connection:
        connection.execute(_ODD)
        for table in ("odd", "nothing", "all_null", "kept", "replaced", "merged"):
            connection.execute(f"ALTER TABLE {table} OWNER TO flights")  # type: ignore[arg-type]
    filled = {
        name: [argument.replace("{tmp}", folder.as_uri()) for argument in arguments]
        for name, arguments in TRANSFERS.items()
    }
    yield transfers.run_all(filled)
    with platform.postgres.connect("flights") as connection:
        connection.execute("DROP TABLE odd, nothing, all_null, kept, replaced, merged; DROP ROLE reader")
        connection.execute("DROP SCHEMA new_schema CASCADE")


@pytest.mark.parametrize("column", _SPLITS)
def test_every_row_is_read_once_however_the_source_is_split(
    platform: Platform, outcomes: dict[str, Any], column: str
) -> None:
    assert outcomes[f"split by {column}"]["source"]["rows"] == 1003
    columns = columns_of(platform, "odd")
    quoted = [f'"{name}"' for name in columns]
    assert checksum(lake_rows(platform, f"odd.by_{column}", columns)) == checksum(source_rows(platform, "odd", quoted))


@pytest.mark.parametrize(("column", "connections"), [("id", 4), ("day", 4), ("at", 4), ("small", 4), ("skewed", 4)])
def test_a_column_splits_the_read_over_as_many_connections(
    outcomes: dict[str, Any], column: str, connections: int
) -> None:
    assert outcomes[f"split by {column}"]["partitions"] == connections


def test_a_table_of_a_few_pages_is_read_by_one_connection(outcomes: dict[str, Any]) -> None:
    assert outcomes["split by auto"]["partitions"] == 1


def test_a_source_without_rows_makes_a_table_without_rows(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert outcomes["nothing"]["source"]["rows"] == outcomes["nothing"]["sink"]["rows"] == 0
    assert lake_rows(platform, "odd.nothing", ["id", "name"]) == []


def test_a_column_of_nulls_cannot_be_split_and_is_read_whole(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert outcomes["all null"]["partitions"] == 1
    assert lake_rows(platform, "odd.all_null", ["id"]) == [(None,)] * 7


def test_append_adds_and_overwrite_replaces_the_rows_and_adds_columns(
    platform: Platform, outcomes: dict[str, Any]
) -> None:
    assert outcomes["append"]["sink"]["total_rows"] == 1
    again = outcomes["append again"]["sink"]
    assert (again["rows"], again["total_rows"]) == (1, 2)
    assert lake_rows(platform, "odd.appended", ["id", "name"]) == [(None, "x")]


def test_null_keys_are_the_same_key(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert outcomes["merge of a null key again"]["sink"]["total_rows"] == 1
    assert lake_rows(platform, "odd.null_key", ["id", "name"]) == [(None, "new")]


def test_a_key_that_is_there_twice_is_refused_and_named(outcomes: dict[str, Any]) -> None:
    assert "several rows of one key (id=1)" in outcomes["merge of a key twice"]["error"]
    assert "several rows of one key (id=1)" in outcomes["to merged, a key twice"]["error"]


def test_a_partition_column_that_is_not_there_is_named_with_those_that_are(outcomes: dict[str, Any]) -> None:
    error = outcomes["split by text"]["error"]
    assert "'Mixed'" in error
    assert "Mixed Case, day" in error


def test_a_source_may_be_an_object_that_holds_it(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert lake_rows(platform, "odd.by_reference", ["answer"]) == [(42,)]
    assert "none.sql" in outcomes["by a reference to nothing"]["error"]


def test_what_failed_made_no_table(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert not catalog(platform).table_exists("odd.never")


def test_overwriting_a_databases_table_keeps_its_grants_and_keys(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert outcomes["to kept"]["sink"] == {"name": "flights_db.public.kept", "rows": 1, "total_rows": 1}
    with platform.postgres.connect("flights") as connection:
        assert connection.execute("SELECT id, name FROM kept").fetchall() == [(3, "three")]
        assert connection.execute("SELECT has_table_privilege('reader', 'kept', 'SELECT')").fetchone() == (True,)
        assert connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'kept'").fetchone() == (1,)


def test_overwriting_with_other_columns_adds_them(platform: Platform, outcomes: dict[str, Any]) -> None:
    assert source_rows(platform, "replaced", ["old", "id", "name"]) == [(None, 3, "three")]


def test_a_merge_changes_the_given_columns_of_its_keys_and_adds_the_rest(
    platform: Platform, outcomes: dict[str, Any]
) -> None:
    merged = sorted(source_rows(platform, "merged", ["id", "name", "note"]))
    assert merged == [(1, "one", "mine"), (2, "zwei", "mine"), (3, "drei", "by us")]


def test_appending_to_a_database_makes_schema_and_table_and_then_adds(
    platform: Platform, outcomes: dict[str, Any]
) -> None:
    assert outcomes["to appended again"]["sink"]["total_rows"] == 2
    assert source_rows(platform, "new_schema.appended", ["id", "name"]) == [(1, "a")] * 2
    assert "no columns other" in outcomes["to appended, other columns"]["error"]


def test_no_staging_table_is_left(platform: Platform, outcomes: dict[str, Any]) -> None:
    with platform.postgres.connect("flights") as connection:
        left = connection.execute("SELECT DISTINCT relname FROM pg_class WHERE relname LIKE '%longshore%'").fetchall()
    assert sorted(left) == [("_longshore_commits",), ("_longshore_commits_pkey",)]  # whose tasks have appended


def test_a_namespace_that_another_transfer_makes_first_is_no_error(
    platform: Platform, transfers: Transfers, outcomes: dict[str, Any]
) -> None:
    # The other transfer has written the namespace and not committed yet: ours sees none, and waits at the unique index.
    with ThreadPoolExecutor() as pool, platform.postgres.connect("lake_catalog") as other:
        with other.transaction():
            other.execute("INSERT INTO iceberg_namespace_properties VALUES ('lake', 'raced', 'owner', 'another')")
            ours = pool.submit(transfers.run, to_lake("airlines", "lake.raced.airlines"))
            _until_someone_waits_for_a_lock(platform)
        assert ours.result()["status"] == 0, ours.result()


def test_a_catalog_that_another_transfer_makes_first_is_no_error(
    platform: Platform, transfers: Transfers, outcomes: dict[str, Any]
) -> None:
    # A new catalog's table lacks a column at first. The other transfer has added it and not committed yet.
    with ThreadPoolExecutor() as pool, platform.postgres.connect("lake_catalog") as other:
        other.execute("ALTER TABLE iceberg_tables DROP COLUMN iceberg_type")
        with other.transaction():
            other.execute("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type varchar(5)")
            ours = pool.submit(transfers.run, to_lake("airlines", "lake.new_catalog.airlines"))
            _until_someone_waits_for_a_lock(platform)
        assert ours.result()["status"] == 0, ours.result()


def _until_someone_waits_for_a_lock(platform: Platform) -> None:
    with platform.postgres.connect() as connection:
        locks = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        until("a transfer waits for a lock", lambda: connection.execute(locks).fetchone() != (0,))
