import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import longshore.operators
import pytest
from longshore.operators import SparkContainerOperator
from longshore.operators.job_run import JobRunOperator

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
        "EmrContainerOperator",
        "JdbcToSparkContainerOperator",
        "SparkContainerOperator",
        "SparkToJdbcContainerOperator",
        "SparkToSparkContainerOperator",
    ]
    assert all(hasattr(longshore.operators, name) for name in longshore.operators.__all__)


def _arguments(operator: type) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(operator.__init__).parameters)


@pytest.mark.parametrize("name", longshore.operators.__all__)
def test_every_signature_shows_the_shared_arguments_with_type_and_default(name: str) -> None:
    operator = getattr(longshore.operators, name)
    own = _arguments(operator)
    bases = [base for base in (JobRunOperator, SparkContainerOperator) if issubclass(operator, base)]
    for base in bases:
        for argument, parameter in _arguments(base).items():
            shown = own[argument]
            assert shown.annotation == parameter.annotation, argument
            if argument != "job_template_id":  # a transfer names its own
                assert shown.default == parameter.default, argument
    assert [argument for argument, shown in own.items() if argument != "self" and shown.annotation is shown.empty] == []


SHARED: dict[str, Any] = {
    "aws_conn_id": "c",
    "virtual_cluster_id": "vc",
    "deferrable": False,
    "poll_interval": 3.0,
    "api_patience": 60.0,
    "retry_max_attempts": 2,
    "tags": {"a": "b"},
    "name": "n",
}
SPARK: dict[str, Any] = {
    "job_template_id": "t",
    "job_template_parameters": {"a": "b"},
    "spark_resources": {"executor_cores": 2},
    "oom_attempts": 1,
    "conf": {"spark.a": "b"},
    "jars": ["a.jar"],
    "py_files": "a.py",
    "configuration_overrides": {},
}
OWN: dict[str, dict[str, Any]] = {
    "ContainerOperator": {"image": "i", "entry_point": "e"},
    "EmrContainerOperator": {"job_driver": {}, "release_label": "r"},
    "JdbcToSparkContainerOperator": {"connection_id": "c", "target": "lake.a.b"},
    "SparkContainerOperator": {},
    "SparkToJdbcContainerOperator": {"connection_id": "c", "target": "a.b"},
    "SparkToSparkContainerOperator": {"target": "lake.a.b"},
}


@pytest.mark.parametrize("name", longshore.operators.__all__)
def test_every_shared_argument_reaches_its_operator(name: str) -> None:
    operator = getattr(longshore.operators, name)
    shared = {**SHARED, **(SPARK if issubclass(operator, SparkContainerOperator) else {})}
    made = operator(task_id="t", **OWN[name], **shared)
    assert {argument: getattr(made, argument) for argument in shared} == shared


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
