"""The modules that a parser of the DAG processor inherits, and those that it must not import; by new processes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HEAVY = ("aiobotocore", "boto3", "botocore", "fsspec", "kubernetes", "numpy", "pandas", "pyarrow", "pyspark", "sqlglot")

DAG_FILE = """
from airflow.sdk import DAG
from longshore.operators import JdbcToSparkContainerOperator, SparkToJdbcContainerOperator
from longshore.operators import SparkToSparkContainerOperator

with DAG("transfers", schedule="@daily", default_args={"owner": "test"}):
    load = JdbcToSparkContainerOperator(task_id="load", connection_id="db", table="a", target="lake.raw.a")
    mart = SparkToSparkContainerOperator(task_id="mart", sql="SELECT 1 AS x", target="lake.mart.a")
    load >> mart >> SparkToJdbcContainerOperator(task_id="serve", connection_id="db", table="lake.mart.a", target="s.a")
"""

# The DAG processor starts its job, which calls the listeners, and then forks; a parser reads the file and serializes.
PROCESSOR = """
import json, os, sys
from pathlib import Path
import structlog
from airflow.dag_processing import manager, processor
from airflow.jobs.job import Job
airflows = set(sys.modules)
Job()
before = set(sys.modules)
path = Path(sys.argv[1])
bag = processor.BundleDagBag(dag_folder=path, bundle_path=path.parent, bundle_name="test", load_op_links=False)
serialized, errors = processor._serialize_dags(bag, structlog.get_logger())
new = sorted(module for module in set(sys.modules) - before if not module.startswith("unusual_prefix"))
print(json.dumps({"new": new, "ours": sorted(set(sys.modules) - airflows), "dags": sorted(bag.dags), "errors": errors}))
"""

OTHER = """
import json, sys
from airflow.jobs import scheduler_job_runner, triggerer_job_runner
from airflow.jobs.job import Job
Job()
print(json.dumps({"loaded": sorted(sys.modules)}))
"""


def python(code: str, home: Path, *words: str) -> Any:
    environment = os.environ | {"AIRFLOW_HOME": str(home), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_parsing_a_file_of_transfers_imports_nothing_that_the_dag_processor_has_not(tmp_path: Path) -> None:
    file = tmp_path / "transfers.py"
    file.write_text(DAG_FILE)
    found = python(PROCESSOR, tmp_path, str(file))
    assert (found["dags"], found["errors"]) == (["transfers"], {})
    assert found["new"] == []
    # What Airflow's DAG processor has loaded by itself, fsspec for example, is not ours.
    assert [module for module in HEAVY if module in found["ours"]] == []
    assert [module for module in found["ours"] if module.startswith("airflow.providers.amazon")] == []


def test_other_processes_of_airflow_are_not_prepared_for_parsing(tmp_path: Path) -> None:
    assert "airflow.providers.standard.sensors.external_task" not in python(OTHER, tmp_path)["loaded"]
