"""Rows of any width move with the templates' defaults, in the memory that the templates give."""

import pytest
from embedded.transfers import arguments_of, to_lake

from transfers.conftest import World

NARROW, WIDE = "SELECT n AS id, repeat('a', 9) AS content FROM generate_series(1, {0}) n", "repeat(md5(n::text), {0})"


def _moved(world: World, query: str) -> dict[str, object]:
    parameters = {"connection_id": "flights_db", "source": f"({query})", "target": "lake.wide.rows"}
    return world.transfers.run(arguments_of("jdbc-to-spark", parameters))


def test_rows_of_300_kilobytes_move_with_the_defaults(world: World) -> None:
    done = _moved(world, f"SELECT n AS id, {WIDE.format(9_600)} AS content FROM generate_series(1, 700) n")
    assert done["status"] == 0, done["error"]
    content = world.lake.load_table("wide.rows").scan(selected_fields=("id",)).to_arrow()
    assert sorted(content.column("id").to_pylist()) == list(range(1, 701))


def test_rows_that_grow_wide_only_after_many_narrow_ones_move(world: World) -> None:
    wide = f"SELECT n, {WIDE.format(9_600)} FROM generate_series(11001, 11700) n"
    done = _moved(world, f"{NARROW.format(11_000)} UNION ALL {wide}")
    assert done["status"] == 0, done["error"]
    assert done["sink"] == {"name": "lake.wide.rows", "rows": 11_700, "total_rows": 11_700}


def test_a_row_that_does_not_fit_says_so(world: World) -> None:
    done = _moved(world, f"SELECT n AS id, {WIDE.format(5_000_000)} AS content FROM generate_series(1, 1) n")
    assert done["status"] == 1
    assert "A row of the source (connection 'flights_db') is larger than a tenth of the memory" in str(done["error"])


@pytest.mark.parametrize("size", ["1", "7"])
def test_a_fetch_size_is_the_most_that_a_round_trip_brings(world: World, size: str) -> None:
    done = world.transfers.run(to_lake(f"({NARROW.format(50)})", "lake.wide.few", fetch_size=size))
    assert done["sink"]["rows"] == 50
