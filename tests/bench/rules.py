"""`make bench-rules`: what the rules of the transfers cost, in seconds. The last line is one JSON object.

One JVM on one machine, turn by turn: a transfer with its checks and without, a merge with a unique index and without,
and Spark's own write of the same rows where it has one. Rows are compared after each. LONGSHORE_ROWS is the number of
rows beside 16; the default is 50,000.
"""

# ruff: noqa: T201  a benchmark prints
import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres

ROOT = Path(__file__).parents[2]
ROWS = (16, int(os.environ.get("LONGSHORE_ROWS", "50000")))
_PASSWORD = "bench"
_MARK = "BENCH "


def write_connections(postgres: Postgres, folder: Path, warehouse: Path) -> None:
    """The connections of the lake's catalog and of the database `flights`."""
    folder.mkdir()
    for name, database in (("flights_db", "flights"), ("lake_catalog", "lake_catalog")):
        postgres.ensure_database(database, password=_PASSWORD)
        content = {
            "conn_type": "postgres",
            "host": postgres.host,
            "port": postgres.port,
            "schema": database,
            "login": database,
            "password": _PASSWORD,
            "extra": {"warehouse": warehouse.as_uri()},
        }
        (folder / f"{name}.json").write_text(json.dumps(content))


def measured(folder: Path) -> list[dict[str, Any]]:
    """Each timed write, as `rules_in_spark.py` prints it."""
    environment = os.environ | {
        "LONGSHORE_CONNECTIONS": str(folder / "connections"),
        "LONGSHORE_JOB_RUN": "bench",
        "LONGSHORE_TERMINATION_LOG": str(folder / "termination-log"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    script, app = Path(__file__).with_name("rules_in_spark.py"), ROOT / "images/spark/app"
    submit = [str(ROOT / "images/spark/bin/spark-submit"), "--master", "local[2]", "--driver-memory", "2g"]
    command = [*submit, "--conf", "spark.ui.enabled=false", str(script), str(app), *map(str, ROWS)]
    found: list[dict[str, Any]] = []
    said: list[str] = []
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, env=environment, cwd=folder, stdout=-1, stderr=errors) as job,
    ):
        assert job.stdout is not None
        for line in map(bytes.decode, job.stdout):
            if line.startswith(_MARK):
                one = json.loads(line.removeprefix(_MARK))
                print(f"{one['rows']} rows, {one['case']}, {one['way']}: {one['seconds']:.2f} s", flush=True)
                found.append(one)
            else:
                said.append(line)  # spark-submit sends what Python says of an error here
    if job.returncode:
        raise SystemExit(log.read_text()[-5000:] + "".join(said[-40:]))
    return found


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The medians: by number of rows and case the seconds of each way, and the part of each rule in them."""
    result: dict[str, Any] = {}
    for one in found:
        ways = result.setdefault(str(one["rows"]), {}).setdefault(one["case"], {})
        ways.setdefault(one["way"], []).append(one)
    for cases in result.values():
        for ways in cases.values():
            for way, turns in ways.items():
                names = sorted({name for turn in turns for name in turn["parts"]})
                parts = {name: round(median(turn["parts"].get(name, 0.0) for turn in turns), 2) for name in names}
                ways[way] = {"s": round(median(turn["seconds"] for turn in turns), 2), **parts}
    return result


def main() -> None:
    with tempfile.TemporaryDirectory() as name, supervised(Path(name)) as processes:
        folder = Path(name)
        postgres = start_postgres(processes, folder / "data")
        write_connections(postgres, folder / "connections", folder / "warehouse")
        print(json.dumps(summary(measured(folder))))


if __name__ == "__main__":
    main()
