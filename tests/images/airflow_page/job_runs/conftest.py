"""A real job server with 10,000 job runs in its store, and the page over it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from support.job_runs import ROLE
from support.serving import ACCESS_KEY, SECRET_KEY, client, serving, write_files

STORED = 10_000
CLUSTER = "0000000000000000000000vc1"
OLDEST = 1.79e9
"""The time of the oldest run, in seconds since the epoch; each one follows a second after the one before."""
SCRIPTS = {"sleep.sh": "exec sleep 120", "hello.sh": "echo hello"}
SPEC: dict[str, Any] = {
    "releaseLabel": "shell",
    "executionRoleArn": ROLE,
    "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/hello.sh"}},
    "configurationOverrides": {},
}


@dataclass(frozen=True, kw_only=True)
class Store:
    """The server."""

    endpoint_url: str
    emr: Any
    """A client of it."""
    cluster: str = CLUSTER


def _row(number: int) -> JobRun:
    # Every thousandth has failed, and is of the DAG `rare`.
    rare = number % 1000 == 999
    return JobRun(
        id=f"{number:019d}",
        name=f"{'rare' if rare else 'often'}.load-{number:016x}",
        client_token=f"token-{number}",
        request_digest="",
        created_at=OLDEST + number,
        created_by="arn:aws:iam::000000000000:user/ana",
        tags={"longshore.dev/owner": "ana" if rare else "bob"},
        virtual_cluster_id=CLUSTER,
        state="FAILED" if rare else "COMPLETED",
        state_details="the table <img src=x onerror=alert(1)> is missing" if rare else None,
        spec=SPEC,
        finished_at=OLDEST + number + 60,
    )


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A server with STORED job runs that have ended, in a virtual cluster in which one may run."""
    folder = tmp_path_factory.mktemp("stored")
    write_files(folder, SCRIPTS)
    (folder / "state").mkdir(mode=0o700)
    database = Database(f"sqlite:///{folder / 'state/emr-containers.sqlite'}")
    with database.write() as session:
        session.add(
            VirtualCluster(
                id=CLUSTER,
                name="production",
                client_token="token",
                request_digest="",
                created_at=OLDEST,
                created_by="arn:aws:iam::000000000000:user/ana",
                tags={},
                state="RUNNING",
                max_concurrent_job_runs=1,
                container_provider={"type": "EKS", "id": "local", "info": {"eksInfo": {"namespace": "jobs"}}},
            )
        )
        session.add_all(_row(number) for number in range(STORED))
    database.close()
    with serving(folder) as endpoint_url:
        yield Store(endpoint_url=endpoint_url, emr=client(endpoint_url))


@pytest.fixture
def api(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page's way to the server: by Airflow's connection."""
    from longshore_page.job_runs.api import ConnectedApi

    connect(monkeypatch, store.endpoint_url)
    return ConnectedApi()


def connect(monkeypatch: pytest.MonkeyPatch, endpoint_url: str, *, key: str = ACCESS_KEY, **service: str) -> None:
    """Gives Airflow the connection `aws_default`; without an endpoint it leads to AWS."""
    settings = {"virtual_cluster_id": CLUSTER} | ({"endpoint_url": endpoint_url} if endpoint_url else {}) | service
    extra = {"region_name": "us-east-1", "service_config": {"emr-containers": settings}}
    connection = {"conn_type": "aws", "login": key, "password": SECRET_KEY, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
