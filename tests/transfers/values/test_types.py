"""The types and values of docs/transfers.md, row by row."""

import itertools
import json
from typing import Any

import pytest
from embedded.transfers import to_database, to_lake

from transfers.conftest import World
from transfers.page import table

NEWER = {"numeric(5,-2)": 15, "numeric(2,5)": 15}
"""The types of the page that came after PostgreSQL 14."""
TYPES, EXACT, REFUSED = table("Types"), table("Exact values"), table("Refused values, and columns")
OPTIONS, MISFITS = table("Options of columns"), table("Options of columns", number=1)
NUMBERS = itertools.count()


def known(world: World, rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows of a table that are about types that the server has."""
    with world.postgres.connect() as connection:
        major = connection.info.server_version // 10_000
    return [row for row in rows if not any(name in row[0] and since > major for name, since in NEWER.items())]


def refusal(world: World, value: str, option: str | None = None) -> str:
    """The error of a transfer of one value."""
    columns = {"columns": json.dumps({"x": option})} if option else {}
    done = world.transfers.run(to_lake(f"(SELECT {value} AS x)", "lake.types.never", **columns))
    assert done["status"] == 1
    return str(done["error"])


def moved(world: World, values: list[str], options: list[str] | None = None) -> list[Any]:
    """The lake's rendering of each value."""
    names = [f"c{number}" for number in range(len(values))]
    columns = {"columns": json.dumps(dict(zip(names, options, strict=True)))} if options else {}
    select = ", ".join(f"{value} AS {name}" for value, name in zip(values, names, strict=True))
    name = f"types.moved_{next(NUMBERS)}"
    done = world.transfers.run(to_lake(f"(SELECT {select})", f"lake.{name}", **columns))
    assert done["status"] == 0, done["error"]
    if options:
        assert done["columns"] == dict(zip(names, options, strict=True))
    (row,) = world.lake.load_table(name).scan().to_arrow().to_pylist()
    return [row[column] for column in names]


def types_of(world: World, table: str) -> list[str]:
    with world.postgres.connect("flights") as connection:
        select = (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        )
        return [kind for (kind,) in connection.execute(f"{select} ORDER BY attnum", [table])]


def test_each_type_becomes_what_the_page_says(world: World) -> None:
    types = known(world, TYPES)
    columns = ", ".join(f"NULL::{declared} AS c{number}" for number, (declared, *_) in enumerate(types))
    of_table = [lake for _, lake, _ in types]
    of_query = ["list<decimal(38, 18)>" if lake == "list<decimal(12, 2)>" else lake for lake in of_table]
    # A table's types are in the catalog; the driver tells those of a query.
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(f"CREATE TABLE typed AS SELECT {columns}")  # type: ignore[arg-type]
    for source, target, expected in (("typed", "typed", of_table), (f"(SELECT {columns})", "asked", of_query)):
        done = world.transfers.run(to_lake(source, f"lake.types.{target}"))
        assert done["status"] == 0, done["error"]
        schema = world.lake.load_table(f"types.{target}").schema()
        assert [str(field.field_type) for field in schema.fields] == expected
    done = world.transfers.run(to_database("lake.types.typed", "public.typed_again"))
    assert done["status"] == 0, done["error"]
    assert types_of(world, "typed_again") == [back for *_, back in types]


def test_every_other_type_of_postgresql_becomes_text(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        found = connection.execute(
            "SELECT format_type(t.oid, NULL) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
            "LEFT JOIN pg_class c ON c.oid = t.typrelid "
            "WHERE n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'c', 'e', 'r', 'm') AND t.typcategory <> 'A' "
            "AND (c.relkind IS NULL OR c.relname = 'pg_class') ORDER BY 1"
        ).fetchall()
    others = sorted({kind for (kind,) in found} - {declared.split("(")[0] for declared, *_ in TYPES})
    others = [kind for kind in others if kind not in ("timestamp without time zone", "timestamp with time zone")]
    assert len(others) > 60
    columns = ", ".join(f"NULL::{kind} AS c{number}" for number, kind in enumerate(others))
    done = world.transfers.run(to_lake(f"(SELECT {columns})", "lake.types.others"))
    assert done["status"] == 0, done["error"]
    schema = world.lake.load_table("types.others").schema()
    kinds = {kind: str(field.field_type) for kind, field in zip(others, schema.fields, strict=True)}
    assert {kind: lake for kind, lake in kinds.items() if lake != "string"} == {}


def test_exact_values_are_what_the_page_shows(world: World) -> None:
    exact = known(world, EXACT)
    found = moved(world, [value for value, _ in exact])
    assert [str(one) for one in found] == [shown for _, shown in exact]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_the_settings_of_a_role_change_no_value(world: World, zone: str) -> None:
    settings = f"-c TimeZone={zone} -c DateStyle=SQL,DMY -c IntervalStyle=iso_8601 -c bytea_output=escape"
    world.connection("zoned_db", extra={"options": f"{settings} -c extra_float_digits=-9"})
    values = (
        "timestamp '2024-03-31 02:30' AS t, timestamptz '2024-04-06 15:15Z' AS z, date '1582-10-10' AS d, "
        "interval '1 day 2 hours' AS i, tstzrange('2024-01-01 00:00Z', NULL) AS r, point(0.1, 2) AS p, "
        "ROW('\\xff'::bytea) AS b"
    )
    done = world.transfers.run(to_lake(f"(SELECT {values})", "lake.types.zoned", source_connection="zoned_db"))
    assert done["status"] == 0, done["error"]
    (row,) = world.lake.load_table("types.zoned").scan().to_arrow().to_pylist()
    assert {name: str(value) for name, value in row.items()} == {
        "t": "2024-03-31 02:30:00",
        "z": "2024-04-06 15:15:00+00:00",
        "d": "1582-10-10",
        "i": "1 day 02:00:00",
        "r": '["2024-01-01 00:00:00+00",)',
        "p": "(0.1,2)",
        "b": '("\\\\xff")',
    }


@pytest.mark.parametrize(("value", "said"), REFUSED)
def test_a_value_that_cannot_be_exact_is_refused_by_name_with_the_ways_out(world: World, value: str, said: str) -> None:
    error = refusal(world, value)
    assert "The column 'x'" in error
    assert said in error
    assert 'columns={"x": "text"}' in error


def test_what_is_refused_moves_as_its_own_text(world: World) -> None:
    values = [value for value, _ in REFUSED]
    as_text = moved(world, [f"({value})::text" for value in values])
    assert moved(world, values, ["text"] * len(values)) == as_text


def test_what_is_declared_is_lost_and_nothing_else(world: World) -> None:
    found = moved(world, [value for value, *_ in OPTIONS], [option for _, option, _ in OPTIONS])
    assert [str(one) for one in found] == [shown for *_, shown in OPTIONS]


@pytest.mark.parametrize(("value", "option", "said"), MISFITS)
def test_an_option_that_does_not_fit_is_refused(world: World, value: str, option: str, said: str) -> None:
    assert said in refusal(world, value, option)


def test_columns_that_the_lake_cannot_tell_apart_and_unknown_ones_are_named(world: World) -> None:
    done = world.transfers.run(to_lake('(SELECT 1 AS a, 2 AS "A")', "lake.types.never"))
    assert "has the columns 'a' and 'A', which the lake cannot tell apart" in done["error"]
    done = world.transfers.run(to_lake("(SELECT 1 AS a)", "lake.types.never", columns='{"b": "text"}'))
    assert "The columns 'b' are not in the source; it has a." in done["error"]
    done = world.transfers.run(to_lake("(SELECT 1 AS a)", "lake.types.never", partition_column="a)"))
    assert "The partition column 'a)' is not in the source" in done["error"]
