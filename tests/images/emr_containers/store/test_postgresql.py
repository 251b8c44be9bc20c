"""The same server on a real PostgreSQL."""

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from images.emr_containers.conftest import Server
from images.emr_containers.test_cli import SURROUNDINGS
from longshore_cli.embedded.postgres import Postgres
from support.job_runs import job, new_cluster, wait
from support.serving import PROGRAM


def test_the_server_works_on_postgresql(
    start_server: Callable[..., Server], postgres: Postgres, tmp_path: Path
) -> None:
    postgres.ensure_database("jobs", password="canary")
    url = f"postgresql+psycopg://jobs:canary@{postgres.host}:{postgres.port}/jobs"
    server = start_server(f"--database-url={url}", "--max-running=2")
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

    second = (f"--releases={server.directory / 'releases.toml'}", f"--state-directory={tmp_path / 'second'}")
    other = subprocess.run(
        [PROGRAM, "serve", *second, f"--database-url={url}"],
        env=os.environ | SURROUNDINGS,
        capture_output=True,
        text=True,
    )
    assert other.returncode == 2
    assert "/jobs' is in use by another server" in other.stderr
