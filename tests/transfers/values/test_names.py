"""Names of any characters, and SQL of any form: they are moved as they are, or refused in one sentence."""

import itertools
import json
from typing import Any

from embedded.transfers import to_database, to_lake
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from longshore_spark.grammar.table_names import written
from longshore_spark.spark.names import folded
from psycopg import sql

from transfers.conftest import World

_numbers = itertools.count()
_ANY = settings(
    max_examples=3,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],  # a smaller name costs seconds a try
)
_NASTY = [
    *(
        "order",
        "MixedCase",
        "größe",
        "2024",
        "dot.ted",
        "a,b",
        "tick`s",
        'quo"te',
        "it's",
        "?",
        "$1",
        "$$",
        "a\nb",
        " lead",
    ),
    *(
        "trail ",
        "\U0001f6a2",
        "[x]",
        "count",
        "n",
        "back\\\\slash",
        "{0}",
        "%s",
        "-- c",
        "/* c",
        ";",
        "-",
        "auto",
        "e\u0301",
    ),
]
COLUMNS = st.one_of(
    st.sampled_from(_NASTY),
    st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=10),
)
TABLES = st.one_of(
    st.sampled_from(["order", "MixedCase", "größe", "2024", "my table", "a,b", 'quo"te', "it's", "$1", "\U0001f6a2"]),
    st.text(st.characters(categories=("L", "N")), min_size=1, max_size=10),
)


def run(world: World, sql_text: str, *values: Any) -> list[tuple[Any, ...]]:
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        done = connection.execute(sql_text, values or None)  # type: ignore[arg-type]
        return done.fetchall() if done.description else []


def quoted(*names: str) -> str:
    return sql.Identifier(*names).as_string(None)


def lake_rows(world: World, namespace: str, table: str) -> list[tuple[Any, ...]]:
    content = world.lake.load_table((namespace, table)).scan().to_arrow()
    return sorted(zip(*(column.to_pylist() for column in content.columns), strict=True))


@_ANY
@given(names=st.lists(COLUMNS, min_size=3, max_size=3, unique_by=folded), table=TABLES)
def test_columns_keys_and_tables_have_any_names_in_every_mode_both_ways(
    world: World, names: list[str], table: str
) -> None:
    split, key, value = names
    place = f"names_{next(_numbers)}"
    columns = f"{quoted(split)} int, {quoted(key)} text, {quoted(value)} text"
    run(world, f"CREATE SCHEMA {place}; CREATE TABLE {quoted(place, table)} ({columns})")
    run(world, f"INSERT INTO {quoted(place, table)} VALUES (1, 'a', 'x'), (2, 'b', 'y')")
    name = f"lake.{place}.{written(table)}"
    keys = json.dumps([split, key])

    def moved(*transfers: list[str]) -> None:
        done = world.transfers.run_all({str(at): one for at, one in enumerate(transfers)})
        assert [one.get("error") for one in done.values()] == [None] * len(transfers)

    def content() -> list[list[tuple[Any, ...]]]:
        return [lake_rows(world, place, table), sorted(run(world, f"TABLE {quoted(place, table + '_2')}"))]

    source, target = quoted(place, table), quoted(place, table + "_2")
    moved(to_lake(source, name, partition_column=split), to_database(name, target))
    assert content() == [[(1, "a", "x"), (2, "b", "y")]] * 2
    run(world, f"UPDATE {quoted(place, table)} SET {quoted(value)} = 'z' WHERE {quoted(split)} = 2")
    moved(to_lake(source, name, mode="merge", key=keys), to_database(name, target, mode="merge", key=keys))
    assert content() == [[(1, "a", "x"), (2, "b", "z")]] * 2
    quoted_table = "`" + table.replace("`", "``") + "`"
    from_sql = to_database(f"(SELECT * FROM lake.{place}.{quoted_table})", target, mode="append")
    moved(to_lake(source, name, mode="append"), from_sql)
    assert [len(rows) for rows in content()] == [4, 6]
    run(world, f"DROP SCHEMA {place} CASCADE")


_QUERIES = {
    "SELECT 'a' AS x; /* c */": "a",
    "SELECT 'a' AS x; -- it's done": "a",
    "SELECT '\n-- x' AS x": "\n-- x",
    "SELECT $$a;?b$$ AS x /* /* ? */ ; */": "a;?b",
    r"SELECT E'\\\';?' AS x;": r"\';?",
    "\ufeffWITH w AS (SELECT '?' AS x)\r\nSELECT x FROM w -- all\r\n;\r\n": "?",
    """SELECT ('{"b": 1}'::jsonb ? 'b')::text AS x""": "true",
    """SELECT ('{"b": 1}'::jsonb ?| '{c}' OR '{"b": 1}'::jsonb ?& '{b}')::text || '??' AS x""": "true??",
    """SELECT "?" AS x FROM (SELECT 'q'::text AS "?") AS "a?b" WHERE jsonb '[1]' @? '$[0]'""": "q",
}


def test_sql_of_postgresql_is_moved_as_it_is(world: World) -> None:
    done = world.transfers.run_all(
        {query: to_lake(f"({query}\n)", f"lake.names.query_{at}") for at, query in enumerate(_QUERIES)}
    )
    assert {query: one["error"] for query, one in done.items() if "error" in one} == {}
    found = {query: lake_rows(world, "names", f"query_{at}") for at, query in enumerate(_QUERIES)}
    assert found == {query: [(expected,)] for query, expected in _QUERIES.items()}


_PIECES = st.sampled_from(
    [
        *(
            "'?'",
            "'it''s ?'",
            r"'back\'",
            r"E'\'?'",
            r"E'\\'",
            "$$?$$",
            "$t$ $$?$$ ' $t$",
            r"U&'\0061?'",
            '"x?"',
            "B'1'",
        ),
        *(
            """'{"a": 1}'::jsonb ? 'a'""",
            """'{"a": 1}'::jsonb?'b'""",
            """'["a"]'::jsonb ?| '{a}'""",
            "'[]'::jsonb?&'{a}'",
        ),
        *(
            """jsonb '[1]' @? '$[0]'""",
            """'x' /* ? /* ' */ " */""",
            """'y' -- ? ' "\n""",
            "point '(0,0)' ?- point '(1,0)'",
        ),
    ]
)


@settings(_ANY, max_examples=3)
@given(
    pieces=st.lists(_PIECES, min_size=10, max_size=20),
    end=st.sampled_from(["", ";", " -- ? '", "; /* ' ? */ ;\n", "\r\n;\r\n"]),
)
def test_the_driver_reads_a_query_as_postgresql_does(world: World, pieces: list[str], end: str) -> None:
    columns = ", ".join(f"({piece})::text AS c{at}" for at, piece in enumerate(pieces))
    query = f"""SELECT {columns} FROM (SELECT 'q'::text AS "x?") AS r"""
    table = f"pieces_{next(_numbers)}"
    done = world.transfers.run(to_lake(f"({query}{end})", f"lake.names.{table}"))
    assert done["status"] == 0, done["error"]
    assert lake_rows(world, "names", table) == run(world, query)


_SPARK = {
    r"SELECT '\';--' AS x; -- it's done": "';--",
    "SELECT 'a' AS `x` /* ; */;\r\n": "a",
    "VALUES ('a;') AS t(x); /* c */": "a;",
}


def test_sql_of_spark_is_moved_as_it_is(world: World) -> None:
    done = world.transfers.run_all(
        {text: to_database(f"({text}\n)", f"public.names_sql_{at}") for at, text in enumerate(_SPARK)}
    )
    assert {text: one["error"] for text, one in done.items() if "error" in one} == {}
    found = {text: run(world, f"TABLE names_sql_{at}") for at, text in enumerate(_SPARK)}
    assert found == {text: [(expected,)] for text, expected in _SPARK.items()}


def test_case_is_as_postgresql_reads_it_and_never_makes_a_second_table(world: World) -> None:
    run(world, 'CREATE SCHEMA IF NOT EXISTS cased; CREATE TABLE cased."MixedCase" AS SELECT 1 AS a')
    error = world.transfers.run(to_lake("cased.MixedCase", "lake.names.cased"))["error"]
    assert "The table 'cased.MixedCase' is not in the database" in error
    assert 'did you mean cased."MixedCase"?' in error
    done = world.transfers.run(to_lake('cased."MixedCase"', "lake.names.cased"))
    assert done["status"] == 0, done["error"]
    for target in ("cased.MixedCase", "cased.mixedcase", 'Cased."mixedCase"'):
        error = world.transfers.run(to_database("lake.names.cased", target))["error"]
        assert f"The target '{target}'" in error
        assert 'Write "cased"."MixedCase" as the target' in error
    done = world.transfers.run(to_database("lake.names.cased", 'CASED."MixedCase"', mode="append"))
    assert done["status"] == 0, done["error"]
    assert run(world, 'TABLE cased."MixedCase"') == [(1,), (1,)]


def test_columns_that_do_not_fit_the_table_are_named_with_the_ways_out(world: World) -> None:
    for arguments in (
        to_lake("(SELECT 1 AS a, 2 AS b)", "lake.names.fit"),
        to_database("lake.names.fit", "public.names_fit"),
    ):
        done = world.transfers.run(arguments)
        assert done["status"] == 0, done["error"]
    merge = {"mode": "merge", "key": "a"}
    for mode in (merge, {"mode": "append"}):
        options = mode | {"schema_changes": "fail"}
        error = world.transfers.run(to_lake("(SELECT 1 AS a)", "lake.names.fit", **options))["error"]
        assert "The source of 'lake.names.fit' has no columns b, which the table has, and schema_changes" in error
        more = '(SELECT 1 AS a, 2 AS b, 3 AS "c.d")'
        error = world.transfers.run(to_lake(more, "lake.names.fit", **options))["error"]
        assert """The table 'lake.names.fit' has no columns "c.d", which the source has, and schema_changes""" in error
        wide = "(SELECT a, b, 3 AS `c.d` FROM lake.names.fit)"
        error = world.transfers.run(to_database(wide, "public.names_fit", **options))["error"]
        assert """The table 'public.names_fit' has no columns "c.d", which the source has""" in error
    unknown = merge | {"key": '["x.y"]'}
    error = world.transfers.run(to_lake("(SELECT 1 AS a, 2 AS b)", "lake.names.fit", **unknown))["error"]
    assert "The key's columns 'x.y' are not in the source of 'lake.names.fit'; it has 'a', 'b'." in error
    assert lake_rows(world, "names", "fit") == [(1, 2)]
    assert run(world, "TABLE names_fit") == [(1, 2)]


def test_columns_that_a_database_cannot_have_are_refused(world: World) -> None:
    long = "ü" * 32
    error = world.transfers.run(to_database(f"(SELECT 1 AS `{long}`)", "public.names_never"))["error"]
    assert f"{long!r} is longer than 63 bytes, which PostgreSQL would cut; give it another name by SQL." in error
    error = world.transfers.run(to_database("(SELECT 1 AS a, 2 AS A)", "public.names_never"))["error"]
    assert "has the columns 'a' and 'A', which the lake cannot tell apart" in error
    assert run(world, "SELECT to_regclass('names_never')") == [(None,)]
