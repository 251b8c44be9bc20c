"""PostgreSQL 14 as a source and as a target: each type, parallel readers, every mode."""

from typing import Any

from embedded.transfers import to_database, to_lake
from longshore_cli.embedded.postgres import Postgres

from transfers.conftest import World
from transfers.page import table
from transfers.values.test_types import NEWER

DECLARED = [row for row in table("Types") if row[0] not in NEWER]
VALUES = {
    "n": ("12345678901234567890.123456789::numeric", "12345678901234567890.123456789000000000"),
    "t": ("timestamp '0001-01-01 00:00:00.000001'", "0001-01-01 00:00:00.000001"),
    "z": ("timestamptz '9999-12-31 23:59:59.999999Z'", "9999-12-31 23:59:59.999999+00:00"),
    "u": ("time '24:00'", "24:00:00"),
    "i": ("interval '1 mon -2 days 03:04:05.6'", "1 mon -2 days +03:04:05.6"),
    "m": ("'{[1,3),[5,7)}'::int4multirange", "{[1,3),[5,7)}"),
    "a": ("ARRAY[1.50, NULL]::numeric(12,2)[]", "[Decimal('1.500000000000000000'), None]"),
}


def rows(postgres: Postgres, target: str) -> list[tuple[Any, ...]]:
    with postgres.connect("flights") as connection:
        return connection.execute(f"SELECT * FROM {target} ORDER BY 1").fetchall()  # type: ignore[arg-type]


def from_oldest(source: str, target: str, **options: str) -> list[str]:
    return to_lake(source, f"lake.oldest.{target}", source_connection="oldest_db", **options)


def into_oldest(source: str, target: str, mode: str, **options: str) -> list[str]:
    return to_database(source, f"oldest.{target}", mode=mode, target_connection="oldest_db", **options)


def test_every_type_of_its_catalog_is_read_and_values_are_exact(world: World, oldest: Postgres) -> None:
    with oldest.connect("flights") as connection:
        catalog = connection.execute(
            "SELECT format_type(t.oid, NULL) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
            "WHERE n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'e', 'r', 'm') AND t.typcategory <> 'A'"
        ).fetchall()
    columns = ", ".join(f"NULL::{kind} AS c{number}" for number, (kind,) in enumerate(catalog))
    declared = ", ".join(f"NULL::{kind} AS c{number}" for number, (kind, *_) in enumerate(DECLARED))
    with oldest.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(f"CREATE TABLE typed AS SELECT {declared}")  # type: ignore[arg-type]
    values = ", ".join(f"{value} AS {name}" for name, (value, _) in VALUES.items())
    outcomes = world.transfers.run_all(
        {
            "all": from_oldest(f"(SELECT {columns})", "catalog"),
            "typed": from_oldest("typed", "typed"),
            "values": from_oldest(f"(SELECT {values})", "exact"),
            "back": into_oldest("lake.oldest.typed", "typed", "overwrite"),
        }
    )
    assert [one["error"] for one in outcomes.values() if "error" in one] == []
    schema = world.lake.load_table("oldest.typed").schema()
    assert [str(field.field_type) for field in schema.fields] == [lake for _, lake, _ in DECLARED]
    with oldest.connect("flights") as connection:
        kinds = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'oldest.typed'::regclass AND attnum > 0 ORDER BY attnum"
        ).fetchall()
    assert [kind for (kind,) in kinds] == [back for *_, back in DECLARED]
    (row,) = world.lake.load_table("oldest.exact").scan().to_arrow().to_pylist()
    assert {name: str(value) for name, value in row.items()} == {name: shown for name, (_, shown) in VALUES.items()}


def test_several_readers_see_one_state_of_tables_and_partitions(world: World, oldest: Postgres) -> None:
    with oldest.connect("flights") as connection:
        connection.execute(
            "SET ROLE flights; CREATE TABLE wide AS SELECT n AS id, repeat('x', 300) AS pad "
            "FROM generate_series(1, 20000) n;"
            "CREATE TABLE days (id int) PARTITION BY RANGE (id); CREATE TABLE days_1 PARTITION OF days DEFAULT;"
            "INSERT INTO days SELECT generate_series(1, 999)"
        )
    outcomes = world.transfers.run_all(
        {
            "pages": from_oldest("wide", "pages", partitions="8"),
            "ranges": from_oldest("(SELECT id FROM days)", "ranges", partitions="4", partition_column="id"),
        }
    )
    assert [(name, one.get("partitions", one)) for name, one in outcomes.items()] == [("pages", 8), ("ranges", 4)]
    for name, last in (("pages", 20_000), ("ranges", 999)):
        ids = world.lake.load_table(f"oldest.{name}").scan(selected_fields=("id",)).to_arrow().column("id")
        assert sorted(ids.to_pylist()) == list(range(1, last + 1))


def test_every_mode_writes_what_it_says(world: World, oldest: Postgres) -> None:
    def source(*values: str) -> str:
        return f"(SELECT * FROM VALUES {', '.join(values)} AS v(id, name))"

    again = into_oldest(source("(4, 'd')"), "kept", "append", commit_key=f"{'e' * 32}:-")
    merged = source("(2, 'B')", "(CAST(NULL AS INT), 'N')")
    steps = {
        "made": into_oldest(source("(1, 'a')", "(2, 'b')"), "kept", "overwrite"),
        "appended": into_oldest(source("(CAST(NULL AS INT), 'n')"), "kept", "append"),
        "merged": into_oldest(merged, "kept", "merge", key="id", schema_changes="fail"),
        "once": again,
        "twice": again,
        "wider": into_oldest("(SELECT 4L AS id, 'd' AS name, 1.5 AS more)", "kept", "merge", key="id"),
    }
    outcomes = world.transfers.run_all(steps)
    assert [one["error"] for one in outcomes.values() if "error" in one] == []
    assert "already_committed" in outcomes["twice"]
    assert [row[:2] for row in rows(oldest, "oldest.kept")] == [(1, "a"), (2, "B"), (4, "d"), (None, "N")]
    with oldest.connect("flights") as connection:
        connection.execute("ALTER TABLE oldest.kept ADD made int DEFAULT 7, ADD UNIQUE (id)")
    outcomes = world.transfers.run_all(
        {
            "given": from_oldest("(SELECT 1::bigint AS id, 'A' AS name)", "given"),
            "less": into_oldest("lake.oldest.given", "kept", "merge", key="id", delete_missing="true"),
            "anew": into_oldest(source("(5, 'e')"), "kept", "overwrite"),
            "refused": into_oldest(source("(5, 'f')"), "kept", "append"),
        }
    )
    assert "violates unique constraint" in outcomes.pop("refused")["error"]
    assert [one["error"] for one in outcomes.values() if "error" in one] == []
    assert rows(oldest, "oldest.kept") == [(5, "e", None, 7)]
