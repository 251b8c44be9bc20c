import subprocess
import sys

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


def test_importing_the_operators_is_cheap() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "False False"]
