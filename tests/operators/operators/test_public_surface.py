import os
import subprocess
import sys
from pathlib import Path

import longshore.operators

HEAVY = ("boto3", "botocore", "aiobotocore", "pyspark", "kubernetes", "fsspec", "upath")

# What Airflow itself has loaded before is not ours.
SCRIPT = f"""
import sys
import airflow.sdk.exceptions
from airflow.sdk import BaseOperator, BaseOperatorLink
before = set(sys.modules)
import longshore.operators
loaded = set(sys.modules) - before
print(sorted(m for m in loaded if m.split(".")[0] in {HEAVY!r} or m.startswith("airflow.providers")))
print("boto3" in sys.modules, "airflow.providers.amazon.aws" in sys.modules)
"""


def test_exported_operators_are_these() -> None:
    assert longshore.operators.__all__ == [
        "ContainerOperator",
        "JdbcToSparkContainerOperator",
        "SparkContainerOperator",
        "SparkToJdbcContainerOperator",
        "SparkToSparkContainerOperator",
    ]
    assert all(hasattr(longshore.operators, name) for name in longshore.operators.__all__)


# As the DAG processor does it (`airflow.jobs.job.Job.prepare_for_execution`) before it forks for each file.
PROCESSOR = """
import sys
from airflow.listeners.listener import get_listener_manager
get_listener_manager()
before = set(sys.modules)
import longshore.operators
print(sorted(set(sys.modules) - before))
"""


def test_parsing_a_file_imports_no_operator_since_the_dag_processor_has_done_it(tmp_path: Path) -> None:
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROCESSOR], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_operators_is_cheap() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "False False"]
