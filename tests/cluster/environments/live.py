"""Environments of a test's: made, looked at through the gateway, and gone at its end."""

import json
import urllib.error
import urllib.request
import uuid
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cli.dags.repositories import git
from cluster.dag_runs import run_dag
from cluster.parts import Cluster, eventually
from longshore_cli.clients.airflow_api import AirflowApi, log_in, retry_while_unavailable
from longshore_cli.clients.cluster_git import push, receiver
from longshore_cli.cluster import addresses, namespaces

KIND = "airflowenvironments.longshore.dev"
_PATH = f"/apis/longshore.dev/v1alpha1/namespaces/{namespaces.ENVIRONMENTS}/airflowenvironments"
GIT_URL = "git://git.longshore:9418/dags.git"
GROUP = "developers"
"""The group that may have environments: `users.groups` of helm/environments/values-kind.yaml."""
UP_SECONDS = 240.0
SAYS = """\
from airflow.sdk import DAG, task

with DAG("{name}"):

    @task
    def say() -> str:
        return "{word}"

    say()
"""
"""A DAG whose run results in a word."""


def developer(name: str) -> tuple[str, ...]:
    """Returns kubectl's options for acting as a developer."""
    return (f"--as={name}", f"--as-group={GROUP}")


def whoami(cluster: Cluster) -> str:
    """Returns the user name that the API server knows us by."""
    said = cluster.kubectl.run("auth", "whoami", "-o", "json", what="who we are")
    return str(json.loads(said)["status"]["userInfo"]["username"])


def manifest(name: str, *, owner: str, branch: str = "main", **spec: Any) -> dict[str, Any]:
    """An object; what is in `spec` wins."""
    return {
        "apiVersion": "longshore.dev/v1alpha1",
        "kind": "AirflowEnvironment",
        "metadata": {"name": name, "namespace": namespaces.ENVIRONMENTS},
        "spec": {"owner": owner, "git": {"url": GIT_URL, "branch": branch}, "ttl": "2h", **spec},
    }


@dataclass(frozen=True, kw_only=True)
class LiveEnvironment:
    """One environment of the cluster."""

    cluster: Cluster
    name: str
    owner: str
    who: tuple[str, ...] = ()
    """Options of kubectl's by which its owner asks; none where that is us."""

    @property
    def url(self) -> str:
        return f"{addresses.PUBLIC_GATEWAY}/env/{self.name}"

    @property
    def namespace(self) -> str:
        return f"env-{self.name}"

    @property
    def schema(self) -> str:
        """The name of the environment's schema in the lake."""
        return f"env_{self.name.replace('-', '_')}"

    def found(self) -> dict[str, Any] | None:
        """The object; None where it is gone."""
        return self.cluster.api.get(f"{_PATH}/{self.name}")

    def status(self) -> dict[str, Any]:
        return dict((self.found() or {}).get("status") or {})

    def condition(self, kind: str) -> dict[str, Any]:
        """The condition of this type; empty while there is none."""
        known = self.status().get("conditions") or []
        return dict(next((each for each in known if each["type"] == kind), {}))

    def wait_for(self, phase: str, *, seconds: float = UP_SECONDS) -> dict[str, Any]:
        """The status, when the phase is this one."""

        def look() -> dict[str, Any] | None:
            status = self.status()
            return status if status.get("phase") == phase else None

        return dict(eventually(look, seconds=seconds, what=lambda: f"the phase {phase}; {self._told()}"))

    def wait_for_no_pods(self, *, seconds: float = 90.0) -> None:
        """Its scheduler lets tasks come to their end, for up to a minute."""
        eventually(
            lambda: not self.cluster.pods(self.namespace), seconds=seconds, what=f"the end of {self.name}'s pods"
        )

    def wait_for_reason(self, kind: str, reason: str, *, seconds: float = UP_SECONDS) -> dict[str, Any]:
        """The condition, when it has this reason."""

        def look() -> dict[str, Any] | None:
            condition = self.condition(kind)
            return condition if condition.get("reason") == reason else None

        return dict(eventually(look, seconds=seconds, what=lambda: f"{kind} because of {reason}; {self._told()}"))

    def wait_for_commit(self, commit: str, *, seconds: float = UP_SECONDS) -> None:
        eventually(
            lambda: self.status().get("commit") == commit,
            seconds=seconds,
            what=lambda: f"the commit {commit}; {self._told()}",
        )

    def _told(self) -> str:
        return f"{self.name} has {json.dumps(self.status())}"

    def patch(self, **spec: Any) -> None:
        self._run("patch", KIND, self.name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def annotate(self, name: str, value: str) -> None:
        self._run("annotate", KIND, self.name, f"{name}={value}")

    def delete(self) -> None:
        self._run("delete", KIND, self.name, "--ignore-not-found", "--wait=false")

    def wait_for_end(self, *, seconds: float = 180.0) -> None:
        eventually(lambda: self.found() is None, seconds=seconds, what=f"the end of {self.name}")

    def _run(self, *words: str) -> None:
        self.cluster.kubectl.run("-n", namespaces.ENVIRONMENTS, *words, *self.who, what=f"environment {self.name}")

    def open(self, path: str = "/", *, accept: str = "text/html") -> tuple[int, str]:
        """Returns the status and text that a browser gets at the environment's address."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Accept": accept})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def airflow(self) -> AirflowApi:
        """Its REST API, signed in as its owner."""
        secret = self.cluster.kubectl.get("secret", "airflow-users", namespace=self.namespace)
        assert secret is not None
        password = json.loads(b64decode(secret["data"]["passwords.json"]))[self.owner]
        token = retry_while_unavailable(lambda: log_in(self.url, user=self.owner, password=password), timeout=60)
        return AirflowApi(self.url, token)

    def dag_ids(self) -> set[str]:
        return {str(each["dag_id"]) for each in self.airflow().get_all("dags", member="dags")}

    def result_of(self, dag_id: str, *, task: str = "say", seconds: float = 120.0) -> str:
        """Runs the DAG to its end, which must be a success; what its task returned, a text."""
        run_id = run_dag(self.airflow(), dag_id, seconds=seconds)
        path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task}/xcomEntries/return_value"
        # As it is stored, which is JSON.
        return str(self.airflow().get(path)["value"]).strip('"')


def bring(cluster: Cluster, folder: Path, *, branch: str) -> str:
    """Makes the branch in the cluster's repository what the checkout is at; the commit."""
    sha = git(folder, "rev-parse", "HEAD")
    push(folder, sha, branch=branch, command=receiver(cluster.environment), timeout=60)
    return sha


def new_name() -> str:
    return f"test-{uuid.uuid4().hex[:8]}"


def new_developer() -> str:
    """Returns the name of a developer who has no environments yet, since each may have only a few."""
    return f"dev-{uuid.uuid4().hex[:6]}"


@contextmanager
def live_environment(
    cluster: Cluster, *, branch: str = "main", owner: str | None = None, name: str | None = None, **spec: Any
) -> Iterator[LiveEnvironment]:
    """An environment of the branch; its object is deleted at the end, and all else with it.

    Args:
        owner: a developer, who makes it. Default: us.
    """
    who = () if owner is None else developer(owner)
    made = LiveEnvironment(cluster=cluster, name=name or new_name(), owner=owner or whoami(cluster), who=who)
    body = manifest(made.name, owner=made.owner, branch=branch, **spec)
    cluster.kubectl.run("create", "-f", "-", *who, what=f"environment {made.name}", given=json.dumps(body))
    try:
        yield made
    finally:
        made.delete()
        made.wait_for_end()
