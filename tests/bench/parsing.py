"""The time of the DAG processor for 700 files of five transfers, and what to compare it with.

- `emr`: the same files with `EmrContainerOperator`.
- `empty`: files of one DAG without a task: the least that Airflow takes for a file.
- `without_plugin`: our files in an Airflow that has our operators, but not our plugin, which prepares for parsing.

Airflow's own DAG processor runs with two parsers and a fresh database, and ends when it has parsed each file once. The
time is that of its process, from start to end. So it includes Airflow's own start, which is the same for all.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.embedded.postgres_programs import shared_folder

FILES = 700
TABLES = ("flights", "weather", "planes", "airports", "airlines")
PASSWORD = "bench-parsing"
_OURS = """from airflow.sdk import DAG
from longshore.operators import JdbcToSparkContainerOperator

with DAG("load_{number}", schedule="@daily", default_args={{"owner": "bench"}}):
    for table in {tables}:
        JdbcToSparkContainerOperator(
            task_id=f"load_{{table}}", connection_id="flights_db", table=table, target=f"lake.raw_{number}.{{table}}"
        )
"""
_EMR = """from airflow.providers.amazon.aws.operators.emr import EmrContainerOperator
from airflow.sdk import DAG

with DAG("load_{number}", schedule="@daily", default_args={{"owner": "bench"}}):
    for table in {tables}:
        EmrContainerOperator(
            task_id=f"load_{{table}}",
            name=f"load_{{table}}",
            virtual_cluster_id="0123456789abcdefghijklmno",
            execution_role_arn="arn:aws:iam::000000000000:role/bench",
            release_label="emr-7.9.0-latest",
            job_driver={{
                "sparkSubmitJobDriver": {{
                    "entryPoint": "local:///opt/longshore/transfer.py",
                    "entryPointArguments": ["flights_db", table, f"lake.raw_{number}.{{table}}"],
                }}
            }},
        )
"""
_EMPTY = """from airflow.sdk import DAG

dag = DAG("load_{number}", schedule="@daily", default_args={{"owner": "bench"}})
"""
_KINDS = {"ours": _OURS, "emr": _EMR, "empty": _EMPTY, "without_plugin": _OURS}
_AIRFLOW = [sys.executable, "-m", "airflow"]
_WITHOUT_PLUGIN = """
from airflow._shared import module_loading

found = module_loading.entry_points_with_dist
def others(group):
    return [one for one in found(group) if (group, one[0].name) != ("airflow.plugins", "longshore")]
module_loading.entry_points_with_dist = others

from airflow.__main__ import main
main()
"""


def measure(files: int = FILES) -> dict[str, float]:
    """Returns the figures of all kinds of files; their names have 700, also where a smaller number is tried."""
    seconds: dict[str, float] = {}
    cpu: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, _databases(Path(folder)) as postgres:
        for kind, template in _KINDS.items():
            program = [sys.executable, "-c", _WITHOUT_PLUGIN] if kind == "without_plugin" else _AIRFLOW
            home = Path(folder) / kind
            _write(home, template, files)
            seconds[kind], cpu[kind] = _parse(home, postgres, kind, program, files)
    names = {kind: "parse_700" if kind == "ours" else f"parse_700_{kind}" for kind in _KINDS}
    return {
        **{f"{name}_s": round(seconds[kind], 1) for kind, name in names.items()},
        **{f"{name}_cpu_s": round(cpu[kind], 1) for kind, name in names.items()},
        "parse_ratio": round(seconds["ours"] / seconds["emr"], 2),
        "parse_empty_ratio": round(seconds["empty"] / seconds["emr"], 2),
        "parse_plugin_ratio": round(seconds["ours"] / seconds["without_plugin"], 2),
    }


@contextmanager
def _databases(folder: Path) -> Iterator[Postgres]:
    """Yields a PostgreSQL with a fresh database of Airflow's for each kind."""
    data = folder / "postgres"
    try:
        with supervised(folder) as processes:
            postgres = start_postgres(processes, data)
            for name in _KINDS:
                postgres.ensure_database(name, password=PASSWORD)
                _run(folder / name, postgres, name, [*_AIRFLOW, "db", "migrate"])
            yield postgres
    finally:
        shutil.rmtree(shared_folder(data), ignore_errors=True)


def _write(home: Path, template: str, files: int) -> None:
    dags = home / "dags"
    dags.mkdir()
    for number in range(files):
        (dags / f"load_{number}.py").write_text(template.format(number=number, tables=TABLES))


def _parse(home: Path, postgres: Postgres, database: str, program: Sequence[str], files: int) -> tuple[float, float]:
    """Returns the seconds of the DAG processor and of its processes' processor time."""
    began, used = time.monotonic(), _children_cpu()
    _run(home, postgres, database, [*program, "dag-processor", "--num-runs", "1"])
    seconds, cpu = time.monotonic() - began, _children_cpu() - used
    with postgres.connect(database) as connection:
        (parsed,) = connection.execute("SELECT count(*) FROM serialized_dag").fetchone() or (0,)
        (failed,) = connection.execute("SELECT count(*) FROM import_error").fetchone() or (0,)
    if (parsed, failed) != (files, 0):
        raise RuntimeError(f"{parsed} of {files} files of {database!r} were parsed, {failed} had an import error.")
    return seconds, cpu


def _run(home: Path, postgres: Postgres, database: str, command: Sequence[str]) -> None:
    settings = {
        "CORE__DAGS_FOLDER": str(home / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "DATABASE__SQL_ALCHEMY_CONN": postgres.url(database, password=PASSWORD),
        "DAG_PROCESSOR__PARSING_PROCESSES": "2",
        # No file is parsed twice.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "LOGGING__LOGGING_LEVEL": "ERROR",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    environment = (
        os.environ | {"AIRFLOW_HOME": str(home)} | {f"AIRFLOW__{name}": text for name, text in settings.items()}
    )
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command} failed:\n{done.stdout[-4000:]}")


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
