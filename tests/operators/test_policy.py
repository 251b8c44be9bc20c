"""The cluster policy in Airflow's own DagBag, in a process of its own, as Airflow reads files everywhere."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from longshore import policy

_FILE = """
from airflow.sdk import DAG

everywhere = DAG("everywhere", schedule=None, tags=["lake"])
in_production = DAG("in_production", schedule=None, tags=["only:production"])
in_mine = DAG("in_mine", schedule=None, tags=["only:mine"])
in_either = DAG("in_either", schedule=None, tags=["lake", "only:mine", "only:staging"])
"""
_BAG = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])
print(json.dumps([sorted(bag.dags), bag.import_errors]))
"""


def bag(folder: Path, text: str, *, environment: str | None) -> tuple[list[str], dict[str, str]]:
    """The DAGs of a file with this text, and its import errors, as the Airflow of this environment reads them."""
    (folder / "dags").mkdir()
    (folder / "dags" / "file.py").write_text(text)
    variables = {} if environment is None else {"AIRFLOW__LONGSHORE__ENVIRONMENT_NAME": environment}
    done = subprocess.run(
        [sys.executable, "-c", _BAG, str(folder / "dags")],
        env=os.environ | variables | {"AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    dags, errors = json.loads(done.stdout.splitlines()[-1])
    return dags, errors


@pytest.mark.parametrize(
    ("environment", "dags"),
    [
        (None, ["everywhere", "in_production"]),  # the shared Airflow has the name without being told
        ("production", ["everywhere", "in_production"]),
        ("mine", ["everywhere", "in_either", "in_mine"]),
        ("staging", ["everywhere", "in_either"]),
        ("min", ["everywhere"]),
    ],
)
def test_a_dag_is_where_one_of_its_tags_says_and_without_such_a_tag_everywhere(
    tmp_path: Path, environment: str | None, dags: list[str]
) -> None:
    assert bag(tmp_path, _FILE, environment=environment) == (dags, {})


def test_a_tag_without_a_name_is_an_import_error_that_says_so(tmp_path: Path) -> None:
    text = 'from airflow.sdk import DAG\ndag = DAG("mine", schedule=None, tags=["only: ", "only:mine"])\n'
    dags, errors = bag(tmp_path, text, environment="mine")
    assert dags == []
    (error,) = errors.values()
    assert error == (
        "AirflowClusterPolicyViolation: The DAG 'mine' has the tag 'only:', which names no environment: "
        "write only:<environment>, or leave the tag out."
    )


def test_airflow_finds_the_policy_by_its_entry_point() -> None:
    (found,) = [e for e in entry_points(group="airflow.policy") if e.value.startswith("longshore.")]
    assert found.load() is policy
