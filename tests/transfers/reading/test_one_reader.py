"""A single reader reads what several might see differently (test_repeatable.py has the rules)."""

from embedded.transfers import to_lake

from transfers.conftest import World

SERIES = "SELECT n AS id, n * 2 AS b FROM generate_series(1, 999) n"


def test_one_connection_reads_what_might_differ_between_readers(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute(
            "CREATE OR REPLACE VIEW sampled AS SELECT n AS id FROM generate_series(1, 999) n WHERE random() < 0.5;"
            "GRANT SELECT ON sampled TO flights"
        )
    before = world.transfers.log.stat().st_size
    arguments = to_lake("sampled", "lake.readers.one", partition_column="id", partitions="8")
    done = world.transfers.run(arguments)
    assert done["status"] == 0, done["error"]
    assert done["partitions"] == 1
    with world.transfers.log.open("rb") as log:
        log.seek(before)
        assert "One connection reads the source: random() may give each reader other values." in log.read().decode()


def test_as_many_connections_as_asked_for_read_what_is_the_same_for_all(world: World) -> None:
    query = f"(SELECT * FROM ({SERIES}) AS s WHERE now() > timestamptz '2000-01-01' + id * interval '1 day')"
    arguments = to_lake(query, "lake.readers.many", partition_column="id", partitions="8")
    done = world.transfers.run(arguments)
    assert done["status"] == 0, done["error"]
    assert done["partitions"] == 8
    ids = world.lake.load_table("readers.many").scan().to_arrow().column("id").to_pylist()
    assert sorted(ids) == list(range(1, len(ids) + 1))
