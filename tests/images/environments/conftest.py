"""A controller over a cluster of dictionaries."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from environments.clients import Clients
from environments.controller import Controller
from environments.exceptions import AirflowError, DatabaseError, NotYetError
from environments.observed.airflow_state import AirflowState
from environments.requests.api_paths import environments_path
from environments.resource.spec import Environment
from images.environments.world import SETTINGS, FakeDatabases, FakeHelm, FakeKubernetes, FakeLake


@dataclass
class FakeAirflow:
    """Answers what a test says."""

    answer: AirflowState | None = None
    asked: list[str] = field(default_factory=list)

    async def look(self, url: str, **_: Any) -> AirflowState:
        self.asked.append(url)
        if self.answer is None:
            raise AirflowError("it does not answer")
        return self.answer


@dataclass
class FakeJobServer:
    """Virtual clusters by namespace."""

    clusters: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    """The namespaces whose lake schemas were dropped."""
    waits: str = ""
    """The message about the step that it waits for."""

    async def ensure(self, namespace: str, **_: Any) -> str:
        return self.clusters.setdefault(namespace, f"cluster-of-{namespace}")

    async def remove(self, namespace: str, *, drop: bool, **_: Any) -> None:
        if self.waits and namespace in self.clusters:
            raise NotYetError(self.waits)
        if self.clusters.pop(namespace, None) is not None and drop:
            self.dropped.append(namespace)


@dataclass
class FakeRetainedRows:
    """Rows of Airflow's tables, by the UID of the environment whose database has them."""

    databases: FakeDatabases
    rows: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    refuses: str = ""

    async def read(self, name: str, *, password: str) -> dict[str, list[dict[str, Any]]]:
        uid, known = self.databases.known[name]
        assert known == password
        return {"connection": [], "variable": [], "slot_pool": [], **self.rows.get(uid, {})}

    async def write(self, name: str, tables: dict[str, list[dict[str, Any]]], *, password: str) -> None:
        if self.refuses:
            raise DatabaseError(self.refuses)
        uid, known = self.databases.known[name]
        assert known == password
        for table, rows in tables.items():
            self.rows.setdefault(uid, {}).setdefault(table, []).extend(rows)


class Made(Controller):
    """Each environment's object is in the cluster when it is worked on."""

    async def reconcile(self, environment: Environment, *arguments: Any, **options: Any) -> None:
        cluster = cast(FakeKubernetes, self._clients.kubernetes)
        cluster.objects[environments_path(environment.namespace, environment.name)] = made(environment)
        await super().reconcile(environment, *arguments, **options)


def made(environment: Environment) -> dict[str, Any]:
    """The object, as far as lists of objects are read."""
    return {
        "metadata": {
            "name": environment.name,
            "namespace": environment.namespace,
            "uid": environment.uid,
            "creationTimestamp": environment.created_at.isoformat(),
        },
        "spec": {"owner": environment.owner},
    }


@dataclass
class World:
    """The controller and all that it works on."""

    kubernetes: FakeKubernetes
    helm: FakeHelm
    databases: FakeDatabases
    airflow: FakeAirflow
    job_server: FakeJobServer
    retained: FakeRetainedRows
    removed: list[str]
    """Folders that were emptied."""
    lake: FakeLake = field(default_factory=FakeLake)

    @property
    def clients(self) -> Clients:
        return cast(Any, Clients)(
            kubernetes=self.kubernetes,
            helm=self.helm,
            databases=self.databases,
            retained=self.retained,
            airflow=self.airflow,
            job_server=self.job_server,
            lake=self.lake,
            storage=self,
        )

    async def remove_folder(self, url: str) -> None:
        self.removed.append(url)

    def controller(self, *, clock: Callable[[], float] = time.monotonic, **settings: Any) -> Controller:
        """One that has just started."""
        return Made(self.clients, replace(SETTINGS, **settings), clock=clock)


@pytest.fixture
def world() -> World:
    """A cluster with the Secrets that who installs makes."""
    kubernetes = FakeKubernetes()
    connections = '{"aws_default": {"conn_type": "aws"}, "longshore_s3": {}, "flights_db": {}, "production_db": {}}'
    kubernetes.put_secret(
        "environments", "airflow-connections", {"connections.json": connections, "variables.json": '{"region": "eu"}'}
    )
    for name in ("job-connections", "s3-credentials"):
        kubernetes.put_secret("environments", name, {"key": name})
    databases = FakeDatabases()
    rows = FakeRetainedRows(databases)
    return World(kubernetes, FakeHelm(kubernetes), databases, FakeAirflow(), FakeJobServer(), rows, [])
