"""The time of the DAG processor for 700 files of five transfers, and for the same with `EmrContainerOperator`.

Airflow's own DAG processor runs with two parsers and a fresh database, and ends when it has parsed each file once. The
time is that of its process, from start to end. So it includes Airflow's own start, which is the same for both.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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


def measure() -> dict[str, float]:
    """Returns the figures of both kinds of files."""
    with tempfile.TemporaryDirectory() as folder, _databases(Path(folder)) as postgres:
        ours, ours_cpu = _parse(Path(folder) / "ours", _OURS, postgres, "ours")
        emr, emr_cpu = _parse(Path(folder) / "emr", _EMR, postgres, "emr")
    return {
        "parse_700_s": round(ours, 1),
        "parse_700_emr_s": round(emr, 1),
        "parse_ratio": round(ours / emr, 2),
        "parse_700_cpu_s": round(ours_cpu, 1),
        "parse_700_emr_cpu_s": round(emr_cpu, 1),
    }


@contextmanager
def _databases(folder: Path) -> Iterator[Postgres]:
    """Yields a PostgreSQL with two fresh databases of Airflow's, `ours` and `emr`."""
    data = folder / "postgres"
    try:
        with supervised(folder) as processes:
            postgres = start_postgres(processes, data)
            for name in ("ours", "emr"):
                postgres.ensure_database(name, password=PASSWORD)
                _run(folder / name, postgres, name, "db", "migrate")
            yield postgres
    finally:
        shutil.rmtree(shared_folder(data), ignore_errors=True)


def _parse(home: Path, template: str, postgres: Postgres, database: str) -> tuple[float, float]:
    """Returns the seconds of the DAG processor and of its processes' processor time."""
    dags = home / "dags"
    dags.mkdir()
    for number in range(FILES):
        (dags / f"load_{number}.py").write_text(template.format(number=number, tables=TABLES))
    began, used = time.monotonic(), _children_cpu()
    _run(home, postgres, database, "dag-processor", "--num-runs", "1")
    seconds, cpu = time.monotonic() - began, _children_cpu() - used
    with postgres.connect(database) as connection:
        (parsed,) = connection.execute("SELECT count(*) FROM serialized_dag").fetchone() or (0,)
        (failed,) = connection.execute("SELECT count(*) FROM import_error").fetchone() or (0,)
    if (parsed, failed) != (FILES, 0):
        raise RuntimeError(f"{parsed} of {FILES} files of {database!r} were parsed, {failed} had an import error.")
    return seconds, cpu


def _run(home: Path, postgres: Postgres, database: str, *words: str) -> None:
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
        [sys.executable, "-m", "airflow", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"airflow {' '.join(words)} failed:\n{done.stdout[-4000:]}")


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
