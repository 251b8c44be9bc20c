"""PgBouncer between the transfer and its database: exact in the modes that keep a transaction's session, or refused."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World

from .pooler import pooled

SOURCE = "(SELECT n AS id, repeat('x', 300) AS pad FROM generate_series(1, 5000) n)"


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that the pooler's user can reach."""
    with tempfile.TemporaryDirectory(prefix="longshore-pooler-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def pool(world: World, folder: Path, mode: str, *, options: str = "", **settings: str) -> Iterator[None]:
    """A pooler; the connection `pooled_db` is through it."""
    with pooled(folder, world.postgres, mode, **settings) as port:
        world.connection("pooled_db", port=port, extra={"options": options} if options else {})
        yield


def error_of(world: World, source: str = SOURCE, **options: str) -> str:
    done = world.transfers.run(to_lake(source, "lake.pooled.never", source_connection="pooled_db", **options))
    assert done["status"] == 1
    return str(done["error"])


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_all_rows_arrive_in_both_directions_through_a_pool(world: World, reachable: Path, mode: str) -> None:
    source = {"source_connection": "pooled_db", "partitions": "4", "partition_column": "id"}
    # Few rows a batch, so that each writer runs several COPYs in its transaction.
    target: dict[str, Any] = {"target_connection": "pooled_db", "partitions": "3", "batch_size": "100"}
    lake, table = f"lake.pooled.{mode}", f"pooled.{mode}"
    with pool(world, reachable, mode):
        outcomes = world.transfers.run_all(
            {
                "read": to_lake(SOURCE, lake, **source),
                "made": to_database(lake, table, mode="append", **target),
                "merged": to_database(lake, table, mode="merge", key="id", **target),
                "replaced": to_database(lake, table, mode="overwrite", **target),
            }
        )
    assert [one["error"] for one in outcomes.values() if "error" in one] == []
    assert outcomes["read"]["partitions"] == 4
    with world.postgres.connect("flights") as connection:
        found = connection.execute(f"SELECT count(*), count(DISTINCT id), sum(id) FROM pooled.{mode}")  # type: ignore[arg-type]
        assert found.fetchone() == (5000, 5000, 5000 * 5001 // 2)


def test_a_pool_of_statements_and_one_that_is_too_small_are_named_with_the_way_out(
    world: World, reachable: Path
) -> None:
    with pool(world, reachable, "statement"):
        assert "use its pool_mode transaction or session" in error_of(world)
    with pool(world, reachable, "transaction", default_pool_size="1", query_wait_timeout="2"):
        assert "had no session left within its query_wait_timeout" in error_of(world)


def test_options_that_a_pooler_refuses_or_leaves_out_are_named(world: World, reachable: Path) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE SCHEMA other AUTHORIZATION flights; SET ROLE flights;"
            "CREATE TABLE public.same AS SELECT 1 AS id; CREATE TABLE other.same AS SELECT 2 AS id"
        )
    options = "-c search_path=other,public"
    with pool(world, reachable, "transaction", options=options):
        assert "is behind a pooler that takes no `options`" in error_of(world)
    leaves_out = {"ignore_startup_parameters": "extra_float_digits, options"}
    with pool(world, reachable, "transaction", options=options, **leaves_out):
        # Without the check this would read the other table of that name.
        assert "a pooler before the database leaves options out" in error_of(world, "(SELECT * FROM same)")
        done = world.transfers.run(to_database("(SELECT 1 AS id)", "pooled.never", target_connection="pooled_db"))
        assert "has search_path = " in done["error"]
