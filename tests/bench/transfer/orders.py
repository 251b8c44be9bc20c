"""The table that is moved, and the check that all of its values have arrived."""

import io
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pc

COLUMNS = """
    i::bigint AS id, ((i::bigint * 7919) % 100000000 / 100.0)::numeric(12,2) AS amount,
    timestamptz '2020-01-01 00:00Z' + i * interval '1.000001 seconds' AS at,
    md5(i::text) || ' order of customer ' || i % 9973 AS note
"""
SMALL = 16
MANY = 10
TEN = [f"few_orders_{number}" for number in range(10)]
"""Copies of the small table, which one job moves."""


def make_tables(connection: "psycopg.Connection[tuple[object, ...]]", rows: int) -> None:
    """Makes the tables `orders`, `few_orders` and its copies, and the view `many_orders` with all orders ten times."""
    for table, count in (("orders", rows), *((few, SMALL) for few in ("few_orders", *TEN))):
        connection.execute(f"CREATE TABLE {table} AS SELECT {COLUMNS} FROM generate_series(1, {count}) AS i")  # type: ignore[arg-type]
    connection.execute(f"CREATE VIEW many_orders AS SELECT o.* FROM generate_series(1, {MANY}), orders o")  # type: ignore[arg-type]


def in_database(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> pa.Table:
    """Returns the rows by their own texts, in the order of their ids; times as microseconds."""
    moments = "(extract(epoch FROM at) * 1000000)::bigint AS at"
    content = io.BytesIO()
    with connection.cursor().copy(
        f"COPY (SELECT id, amount, {moments}, note FROM {table} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
    ) as copied:
        for part in copied:
            content.write(part)
    content.seek(0)
    types = {"id": pa.int64(), "amount": pa.decimal128(12, 2), "at": pa.int64(), "note": pa.string()}
    return pc.read_csv(content, convert_options=pc.ConvertOptions(column_types=types)).combine_chunks()


def in_lake(found: pa.Table) -> pa.Table:
    """Returns a lake's rows in the same form."""
    return pa.table(
        {
            "id": found["id"],
            "amount": found["amount"].cast(pa.decimal128(12, 2)),
            "at": found["at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()),
            "note": found["note"].cast(pa.string()),
        }
    ).sort_by("id")


def check_same(program: str, found: pa.Table, expected: pa.Table) -> None:
    """Checks the rows value by value.

    Raises:
        RuntimeError: one differs.
    """
    if not found.combine_chunks().equals(expected):
        raise RuntimeError(f"{program} has moved {found.num_rows} rows, which are not those of the table.")


def newest_metadata(folder: Path) -> str:
    """Returns the address of the newest metadata of an Iceberg table somewhere below the folder."""
    found = sorted(folder.rglob("*.metadata.json"), key=lambda path: path.stat().st_mtime)
    return found[-1].as_uri()
