"""The image's entry point, told what a driver on Kubernetes tells it, with a Java that says what it was told."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
_JAVA = f"""#!{sys.executable}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}}))
"""
EXECUTOR = {
    "SPARK_DRIVER_URL": "spark://CoarseGrainedScheduler@10.0.0.1:7078",
    "SPARK_EXECUTOR_ID": "3",
    "SPARK_EXECUTOR_CORES": "2",
    "SPARK_EXECUTOR_MEMORY": "1024m",
    "SPARK_APPLICATION_ID": "spark-abc",
    "SPARK_EXECUTOR_POD_IP": "10.0.0.2",
    "SPARK_EXECUTOR_POD_NAME": "job-exec-3",
    "SPARK_RESOURCE_PROFILE_ID": "0",
}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The parts of an image that the entry point uses."""
    for source in ("bin/entrypoint", "container/conf/spark-env.sh"):
        target = tmp_path / source.removeprefix("container/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(IMAGE / source, target)
    java = tmp_path / "jvm/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(_JAVA)
    java.chmod(0o755)
    return tmp_path


def run(image: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {"PATH": os.environ["PATH"], "JAVA_HOME": str(image / "jvm"), "SPARK_HOME": "/spark", **environment}
    return subprocess.run(
        [image / "bin/entrypoint", *arguments], env=given, capture_output=True, text=True, check=False
    )


def executor(image: Path, **environment: str) -> dict[str, Any]:
    done = run(image, "executor", **EXECUTOR | environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_an_executor_is_what_the_drivers_variables_say(image: Path) -> None:
    assert executor(image)["arguments"] == [
        *("-Xms1024m", "-Xmx1024m", "-cp", f"{image}/.jars/*:{image}/conf/:/spark/jars/*"),
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
        *("--driver-url", "spark://CoarseGrainedScheduler@10.0.0.1:7078", "--executor-id", "3", "--cores", "2"),
        *("--app-id", "spark-abc", "--hostname", "10.0.0.2", "--resourceProfileId", "0", "--podName", "job-exec-3"),
    ]


def test_the_jvms_options_come_whole_and_in_their_order(image: Path) -> None:
    options = [f"-Dnumber={number} of 'twelve' $HOME *" for number in range(12)]
    given = {f"SPARK_JAVA_OPT_{number}": option for number, option in enumerate(options)}
    assert executor(image, **given)["arguments"][:13] == [*options, "-Xms1024m"]


def test_jars_of_the_jobs_own_come_before_the_images(image: Path) -> None:
    arguments = executor(image, SPARK_CLASSPATH="/own/*")["arguments"]
    assert arguments[arguments.index("-cp") + 1].startswith(f"/own/*:{image}/.jars/*:")


def test_a_server_other_than_awss_is_addressed_by_paths(image: Path) -> None:
    assert executor(image, AWS_ENDPOINT_URL_S3="http://s3:7070")["environment"]["LONGSHORE_S3_PATH_STYLE"] == "true"
    assert "LONGSHORE_S3_PATH_STYLE" not in executor(image)["environment"]


def test_a_secret_of_the_environment_is_in_no_argument(image: Path) -> None:
    told = executor(image, AWS_SECRET_ACCESS_KEY="canary-secret")
    assert told["environment"]["AWS_SECRET_ACCESS_KEY"] == "canary-secret"
    assert "canary-secret" not in str(told["arguments"])


def test_a_variable_that_is_missing_is_named(image: Path) -> None:
    done = run(image, "executor", **{name: value for name, value in EXECUTOR.items() if name != "SPARK_DRIVER_URL"})
    assert done.returncode != 0
    assert "SPARK_DRIVER_URL" in done.stderr


def test_another_command_takes_the_entry_points_place_and_its_exit_status_passes(image: Path) -> None:
    with subprocess.Popen(
        [image / "bin/entrypoint", "sh", "-c", "echo $$; exit 7"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid
    assert process.returncode == 7


def test_nothing_to_run_is_refused(image: Path) -> None:
    done = run(image)
    assert done.returncode == 2
    assert "say 'executor', or a command" in done.stderr
