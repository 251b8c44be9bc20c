"""`make bench-transfer`: a table to the lake by both engines, dlt and others, and back. The last line is a JSON object.

One run on one machine, turn by turn, in changing order; whole processes. After each run of the first turn the rows are
compared with the database's, value by value. `ROWS=100000 TURNS=1 PROGRAMS=copy,small` measures less.
"""

# ruff: noqa: T201  a benchmark prints
import argparse
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable
from support.longshore_commands import ROOT

from bench.transfer.figures import Run, figures
from bench.transfer.measure import measured
from bench.transfer.orders import TEN, check_same, in_database, in_lake, make_tables, newest_metadata

PROGRAMS = ("nowhere", "small", "ten", "copy", "many", "dlt", "spark", "connectorx", "naive", "back", "jdbc")
OURS = ("small", "copy", "many", "spark")
"""Our programs that write to the lake."""
BACK = ("back", "jdbc")
"""Programs that write the lake's table `source` to a table of the database, which is missing before."""
PASSWORD = "benchmark"
_HERE, _IMAGE = Path(__file__).parent, ROOT / "images/spark"
_PACKAGES = ("dlt[filesystem,pyiceberg,sql_database]", "connectorx", "psycopg2-binary", "psycopg[binary]", "pyarrow")


class Place:
    """A database with the tables, and folders for what comes of them."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.folder, self.postgres = folder, postgres
        self.warehouse, self.connections = folder / "warehouse", folder / "connections"
        self.connections.mkdir()
        address = {"conn_type": "postgres", "host": postgres.host, "port": postgres.port, "password": PASSWORD}
        extra = {"warehouse": self.warehouse.as_uri()}
        for name, database in (("orders_db", "orders"), ("lake_catalog", "lake_catalog")):
            postgres.ensure_database(database, password=PASSWORD)
            content = {**address, "schema": database, "login": database, "extra": extra}
            (self.connections / f"{name}.json").write_text(json.dumps(content))

    @property
    def url(self) -> str:
        """The database's URL."""
        return f"postgresql://orders:{PASSWORD}@{self.postgres.host}:{self.postgres.port}/orders"

    def run(self, program: str) -> Run:
        """Runs a program; what an earlier run of it has left is removed before."""
        shutil.rmtree(self.folder / program, ignore_errors=True)
        (self.folder / program).mkdir()
        if program in BACK:
            with self.postgres.connect("orders") as connection:
                connection.execute(f"DROP TABLE IF EXISTS {program}")  # type: ignore[arg-type]
        variables = {"LONGSHORE_CONNECTIONS": str(self.connections), "SPARK_LOCAL_IP": "127.0.0.1"}
        variables |= {"LONGSHORE_TERMINATION_LOG": str(self.folder / "message"), "PGPASSWORD": PASSWORD}
        return measured(self._command(program), variables=variables, log=self.folder / f"{program}.log")

    def _command(self, program: str) -> list[str | Path]:
        spark_submit = [_IMAGE / "bin/spark-submit", "--master", "local[2]", "--conf", "spark.ui.enabled=false"]
        jdbc = f"jdbc:{self.url.split(':')[0]}://{self.url.split('@')[1]}"
        if program == "naive":
            memory = ["--driver-memory", "8g"]  # with less it is out of memory: all rows are one trip
            return [*spark_submit, *memory, _HERE / "naive_spark.py", jdbc, "orders", self.folder / program]
        if program == "jdbc":
            return [*spark_submit, _HERE / "spark_jdbc.py", jdbc, "orders", program]
        if program == "back":
            options = [
                "--source",
                "lake.raw.source",
                "--target-connection",
                "orders_db",
                "--target",
                f"public.{program}",
            ]
            return [*spark_submit, _IMAGE / "app/transfer.py", *options, "--partitions", "2"]
        if program == "ten":
            tables = ["--source", "-", "--tables", json.dumps(TEN), "--target", "lake.raw.{table}"]
            options = [
                "--source-connection",
                "orders_db",
                *tables,
                "--engine",
                "copy",
                "--commit-key",
                f"{uuid.uuid4().hex}:-",
            ]
            return [*spark_submit, _IMAGE / "app/transfer.py", *options]
        if program in (*OURS, "source"):
            engine = "spark" if program == "spark" else "copy"
            source = {"small": "few_orders", "many": "many_orders"}.get(program, "orders")
            options = ["--source", source, "--source-connection", "orders_db", "--target", f"lake.raw.{program}"]
            readers = ["--partition-column", "id"] if program == "many" else []
            return [*spark_submit, _IMAGE / "app/transfer.py", *options, *readers, "--engine", engine]
        with_packages = [word for package in _PACKAGES for word in ("--with", package)]
        uv = shutil.which("uv") or ROOT / ".uv/bin/uv"
        python = [uv, "run", "--no-project", "--quiet", *with_packages, "python"]
        return [*python, _HERE / "others.py", program, self.url, self.folder / program]

    def rows(self, program: str) -> pa.Table | None:
        """Returns the rows that a program has written, in order; None where they are not compared."""
        if program in BACK:
            with self.postgres.connect("orders") as connection:
                return in_database(connection, program)
        if program in ("small", "copy", "spark"):
            return self._table(program)
        if program == "ten":
            first, *others = (self._table(table) for table in TEN)
            return first if all(first.equals(other) for other in others) else first.slice(1)
        if program in ("dlt", "naive"):
            return in_lake(StaticTable.from_metadata(newest_metadata(self.folder / program)).scan().to_arrow())
        return in_lake(pq.read_table(self.folder / program / "orders.parquet")) if program == "connectorx" else None

    def _table(self, name: str) -> pa.Table:
        uri = self.postgres.url("lake_catalog", password=PASSWORD)
        lake = SqlCatalog("lake", uri=uri, warehouse=self.warehouse.as_uri(), init_catalog_tables="false")
        return in_lake(lake.load_table(f"raw.{name}").scan().to_arrow())


def measure(place: Place, programs: list[str], turns: int, say: Callable[[str], None]) -> dict[str, list[Run]]:
    """Runs all programs in each turn, every second time in the reverse order."""
    runs: dict[str, list[Run]] = {program: [] for program in programs}
    with place.postgres.connect("orders") as connection:
        expected = {table: in_database(connection, table) for table in ("orders", "few_orders")}
    for turn in range(turns):
        for program in programs if turn % 2 == 0 else programs[::-1]:
            run = place.run(program)
            say(f"{program}: {run.seconds:.2f} s, {run.cpu_seconds:.1f} s of CPU time, {run.peak_mib:.0f} MiB")
            runs[program].append(run)
            if turn == 0 and (found := place.rows(program)) is not None:
                check_same(program, found, expected["few_orders" if program in ("small", "ten") else "orders"])
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-transfer")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--programs", default=",".join(PROGRAMS))
    given = parser.parse_args()

    def say(text: str) -> None:
        print(text, flush=True)

    with tempfile.TemporaryDirectory() as temporary, supervised(Path(temporary)) as processes:
        place = Place(Path(temporary), start_postgres(processes, Path(temporary) / "data"))
        with place.postgres.connect("orders") as connection:
            connection.execute("SET ROLE orders")
            make_tables(connection, given.rows)
        say(f"{given.rows} rows")
        if set(BACK) & set(given.programs.split(",")):
            place.run("source")
        runs = measure(place, given.programs.split(","), given.turns, say)
    print(json.dumps(figures(runs, rows=given.rows)))


if __name__ == "__main__":
    main()
