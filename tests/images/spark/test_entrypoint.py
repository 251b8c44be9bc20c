"""The image's entry point, told what a driver on Kubernetes tells it, with a Java that says what it was told."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
_JAVA = f"""#!{sys.executable}
import json, os, sys
print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}}))
"""
EXECUTOR = {
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
    for source in ("bin/entrypoint", "bin/await-driver", "container/conf/spark-env.sh"):
        target = tmp_path / source.removeprefix("container/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(IMAGE / source, target)
    java = tmp_path / "java/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(_JAVA)
    java.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def driver() -> Iterator[str]:
    """The URL of a driver that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield url_of(server)


def url_of(server: socket.socket) -> str:
    return f"spark://CoarseGrainedScheduler@127.0.0.1:{server.getsockname()[1]}"


def environment_of(image: Path, environment: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "JAVA_HOME": str(image / "java"), "SPARK_HOME": "/spark", **environment}


def run(image: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = environment_of(image, environment)
    return subprocess.run(
        [image / "bin/entrypoint", *arguments], env=given, capture_output=True, text=True, check=False
    )


def executor(image: Path, driver: str, **environment: str) -> dict[str, Any]:
    done = run(image, "executor", SPARK_DRIVER_URL=driver, **EXECUTOR | environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_an_executor_is_what_the_drivers_variables_say(image: Path, driver: str) -> None:
    assert executor(image, driver)["arguments"] == [
        *("-Xms1024m", "-Xmx1024m", "-cp", f"{image}/.jars/*:{image}/conf/:/spark/jars/*"),
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
        *("--driver-url", driver, "--executor-id", "3", "--cores", "2"),
        *("--app-id", "spark-abc", "--hostname", "10.0.0.2", "--resourceProfileId", "0", "--podName", "job-exec-3"),
    ]


def test_the_jvms_options_come_whole_and_in_their_order(image: Path, driver: str) -> None:
    options = [f"-Dnumber={number} of 'twelve' $HOME *" for number in range(12)]
    given = {f"SPARK_JAVA_OPT_{number}": option for number, option in enumerate(options)}
    assert executor(image, driver, **given)["arguments"][:13] == [*options, "-Xms1024m"]


def test_jars_of_the_jobs_own_come_before_the_images(image: Path, driver: str) -> None:
    arguments = executor(image, driver, SPARK_CLASSPATH="/own/*")["arguments"]
    assert arguments[arguments.index("-cp") + 1].startswith(f"/own/*:{image}/.jars/*:")


def test_a_server_other_than_awss_is_addressed_by_paths(image: Path, driver: str) -> None:
    assert (
        executor(image, driver, AWS_ENDPOINT_URL_S3="http://s3:7070")["environment"]["LONGSHORE_S3_PATH_STYLE"]
        == "true"
    )
    assert "LONGSHORE_S3_PATH_STYLE" not in executor(image, driver)["environment"]


def test_a_secret_of_the_environment_is_in_no_argument(image: Path, driver: str) -> None:
    told = executor(image, driver, AWS_SECRET_ACCESS_KEY="canary-secret")
    assert told["environment"]["AWS_SECRET_ACCESS_KEY"] == "canary-secret"
    assert "canary-secret" not in str(told["arguments"])


def test_a_variable_that_is_missing_is_named(image: Path) -> None:
    done = run(image, "executor", **EXECUTOR)
    assert done.returncode != 0
    assert "SPARK_DRIVER_URL" in done.stderr


def test_an_executor_waits_for_its_driver_and_is_the_same_process_then(image: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # connections are refused until it listens
        with starting(image, url_of(server)) as process:
            timer = threading.Timer(1.5, server.listen)
            timer.start()
            began = time.monotonic()
            assert process.stdout is not None
            told = json.loads(process.stdout.read())
            timer.join()
    assert process.returncode == 0
    assert told["pid"] == process.pid
    assert time.monotonic() - began > 1


def test_an_executor_that_waits_ends_when_it_is_told_to(image: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        with starting(image, url_of(server)) as process:
            while not handles(process.pid, signal.SIGTERM):
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            # By itself: as a container's first process it would not be ended by a signal that it does not handle.
            assert process.wait(timeout=10) == 128 + signal.SIGTERM


def test_a_driver_that_does_not_come_is_named(image: Path) -> None:
    await_driver = image / "bin/await-driver"
    await_driver.write_text(await_driver.read_text().replace("LONGEST_SECONDS = 60.0", "LONGEST_SECONDS = 0.5"))
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        done = run(image, "executor", SPARK_DRIVER_URL=url_of(server), **EXECUTOR)
        port = server.getsockname()[1]
    assert done.returncode == 1
    assert f"The driver at 127.0.0.1:{port} cannot be reached" in done.stderr
    assert "refused" in done.stderr
    assert "Traceback" not in done.stderr


def handles(pid: int, number: signal.Signals) -> bool:
    """Returns True if a process has a handler for the signal. Source: proc(5), SigCgt."""
    (caught,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def starting(image: Path, driver: str) -> "subprocess.Popen[str]":
    given = environment_of(image, {"SPARK_DRIVER_URL": driver, **EXECUTOR})
    return subprocess.Popen([image / "bin/entrypoint", "executor"], env=given, stdout=subprocess.PIPE, text=True)


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
