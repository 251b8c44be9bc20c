"""Whatever a table holds, the lake has just that, and so has the table that is written from the lake."""

import itertools
import os
import sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from embedded.transfers import to_database, to_lake
from hypothesis import HealthCheck, Phase, given, settings
from psycopg import sql

from transfers.conftest import World
from transfers.tables import PRELUDE, WIDE, Kind, Table, tables

EXAMPLES = int(os.environ.get("LONGSHORE_TABLES", "30"))
_numbers = itertools.count()
_engines: Counter[str] = Counter()
"""The number of tables that each engine has taken where the transfer chose it."""
LEAST_BY_COPY = 0.8


@pytest.fixture(scope="module", autouse=True)
def _types(world: World) -> None:
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute(PRELUDE)


@settings(
    max_examples=EXAMPLES,
    derandomize=False,  # other tables each time, also in continuous integration
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],  # a smaller table costs seconds a try
)
@given(table=tables())
def test_a_table_is_in_the_lake_and_back_in_a_database_as_it_was(world: World, table: Table) -> None:
    name = f"any_{next(_numbers)}"
    _create(world, name, table)
    there = world.transfers.run(
        to_lake(name, f"lake.any.{name}", partition_column=table.split, partitions=str(table.partitions))
    )
    assert there["status"] == 0, there["error"]
    source = _texts(world, name, list(table.columns.values()), list(table.columns))
    content = world.lake.load_table(f"any.{name}").scan().to_arrow()
    assert content.column_names == list(table.columns)
    lake = [list(row) for row in zip(*(column.to_pylist() for column in content.columns), strict=True)]
    expected = [
        [_lake_value(kind, text) for kind, text in zip(table.columns.values(), row, strict=True)] for row in source
    ]
    assert _sorted(lake) == _sorted(expected)
    assert there["source"]["rows"] == there["sink"]["rows"] == len(table.rows)

    copied = world.transfers.run(
        to_lake(
            name,
            f"lake.any.copied_{name}",
            engine="auto",
            partition_column=table.split,
            partitions=str(table.partitions),
        )
    )
    assert copied["status"] == 0, copied["error"]
    _engines[copied["engine"]] += 1
    assert copied["source"]["rows"] == copied["sink"]["rows"] == copied["sink"]["total_rows"] == len(table.rows)
    of_copy, of_spark = (world.lake.load_table(f"any.{one}") for one in (f"copied_{name}", name))
    assert of_copy.schema() == of_spark.schema()
    assert of_copy.properties.keys() == of_spark.properties.keys()
    rows_of_copy = zip(*(column.to_pylist() for column in of_copy.scan().to_arrow().columns), strict=True)
    assert _sorted([list(row) for row in rows_of_copy]) == _sorted(expected)

    back = world.transfers.run(to_database(f"lake.any.{name}", f"public.back_{name}"))
    assert back["status"] == 0, back["error"]
    with world.postgres.connect("flights") as connection:
        types = dict(
            connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0",
                [f"back_{name}"],
            ).fetchall()
        )
        assert types == {column: kind.back for column, kind in table.columns.items()}
    returned = _texts(world, f"back_{name}", list(table.columns.values()), list(table.columns))
    again = [
        [_lake_value(kind, text) for kind, text in zip(table.columns.values(), row, strict=True)] for row in returned
    ]
    assert _sorted(again) == _sorted(expected)


def test_copy_takes_most_tables(capsys: pytest.CaptureFixture[str]) -> None:
    tables = sum(_engines.values())
    if tables == 0:
        pytest.skip("no tables were moved before: this counts those of the test above")
    share = f"COPY has taken {_engines['copy']} of {tables} tables"
    with capsys.disabled():
        sys.stdout.write(f"\n{share}\n")
    assert _engines["copy"] / tables >= LEAST_BY_COPY, share


def _create(world: World, name: str, table: Table) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind.declared))
        for column, kind in table.columns.items()  # type: ignore[arg-type]
    )
    places = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind.declared)) for kind in table.columns.values())  # type: ignore[arg-type]
    with world.postgres.connect("flights") as connection:
        connection.execute("SET ROLE flights")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(name), columns))
        insert = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), places)
        for row in table.rows:
            connection.execute(insert, row)


def _texts(world: World, name: str, kinds: list[Kind], columns: list[str]) -> list[list[Any]]:
    """The values' own texts; of an array the list of its elements' texts."""
    shown = [
        sql.SQL(
            "CASE WHEN {0} IS NOT NULL "
            "THEN ARRAY(SELECT ({0})[n]::text FROM generate_subscripts({0}, 1) AS n ORDER BY n) END"
        )
        if kind.element
        else sql.SQL("{0}::text")
        for kind in kinds
    ]
    select = sql.SQL(", ").join(one.format(sql.Identifier(column)) for one, column in zip(shown, columns, strict=True))
    with world.postgres.connect("flights") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return [
            list(row) for row in connection.execute(sql.SQL("SELECT {} FROM {}").format(select, sql.Identifier(name)))
        ]


def _lake_value(kind: Kind, text: Any) -> Any:
    if text is None:
        return None
    return [None if one is None else kind.lake(one) for one in text] if kind.element else kind.lake(text)


def _sorted(rows: list[list[Any]]) -> list[str]:
    return sorted(repr([_plain(value) for value in row]) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return repr(value)
    return WIDE.normalize(value) if isinstance(value, Decimal) else value
