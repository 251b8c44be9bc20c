import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def airflow(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "airflow", "longshore", *words],
        env=os.environ | {"AIRFLOW_HOME": str(folder), "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_airflows_command_tests_the_connection(api: Any, connect: Callable[..., None], tmp_path: Path) -> None:
    connect(api.url)
    done = airflow(tmp_path, "test-connection")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"{api.url} answers, ")


def test_a_connection_that_fails_the_test_ends_the_command_with_an_error(
    api: Any, connect: Callable[..., None], tmp_path: Path
) -> None:
    connect(api.url, log_url="s3://logs")
    done = airflow(tmp_path, "test-connection", "aws_default")
    assert done.returncode == 1
    assert "Did you mean 'log_uri'?" in done.stderr
    assert "Traceback" not in done.stderr
