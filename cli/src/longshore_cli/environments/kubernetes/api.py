"""The cluster's API through `kubectl`, as far as environments need it."""

import json
import shlex
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore_cli.base.programs import run
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.environments.kubernetes.error_messages import explain, is_unavailable
from longshore_cli.environments.resource.names import RESOURCE, USERS_SECRET, checked_name, namespace_of
from longshore_cli.exceptions import ClusterError, ClusterUnavailableError

DEFAULT_NAMESPACE = "environments"
"""The namespace of environment objects where the user names none."""
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class EnvironmentsApi:
    """One cluster's environments."""

    command: tuple[str, ...]
    """The program kubectl, with the options that name the cluster."""
    namespace: str
    """The namespace of the environment objects."""
    cluster: SavedCluster | None
    """The checkout's cluster, if it is this one."""

    def user(self) -> str:
        """Returns our user name. Raises ClusterError, as all methods do: the API server refuses, or does not answer."""
        found = json.loads(self._call("auth", "whoami", "-o", "json"))
        return str(found["status"]["userInfo"]["username"])

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Creates a new object, and returns it."""
        name = manifest["metadata"]["name"]
        words = ("create", "-f", "-", "-o", "json")
        return dict(json.loads(self._call(*words, namespace=self.namespace, name=name, given=json.dumps(manifest))))

    def find(self, name: str) -> dict[str, Any] | None:
        """Returns the environment; None if it does not exist."""
        words = ("get", RESOURCE, checked_name(name), "--ignore-not-found", "-o", "json")
        found = self._call(*words, namespace=self.namespace, name=name)
        return dict(json.loads(found)) if found.strip() else None

    def get(self, name: str) -> dict[str, Any]:
        """Returns the environment. Raises ClusterError, also if it does not exist."""
        if (found := self.find(name)) is None:
            raise ClusterError(f"There is no environment {name!r}. List all with `longshore env list --all-owners`.")
        return found

    def all(self) -> list[dict[str, Any]]:
        """Returns all environments."""
        return list(json.loads(self._call("get", RESOURCE, "-o", "json", namespace=self.namespace))["items"])

    def patch(self, name: str, patch: Mapping[str, Any]) -> None:
        """Changes the environment by a JSON merge patch."""
        words = ("patch", RESOURCE, checked_name(name), "--type", "merge", "-p", json.dumps(patch))
        self._call(*words, namespace=self.namespace, name=name)

    def delete(self, name: str) -> None:
        """Requests the environment's deletion. The controller then removes its parts."""
        self._call("delete", RESOURCE, checked_name(name), "--wait=false", namespace=self.namespace, name=name)

    def pods(self, name: str) -> list[dict[str, Any]]:
        """Returns the pods of the environment's Airflow."""
        words = ("get", "pods", "-l", "app.kubernetes.io/name=airflow", "-o", "json")
        return list(json.loads(self._call(*words, namespace=namespace_of(name)))["items"])

    def log_command(self, name: str, *, component: str, follow: bool) -> list[str]:
        """Returns the command that prints the log of a component of Airflow."""
        where = ("-n", namespace_of(checked_name(name)), "logs", f"deployment/airflow-{component}", "-c", component)
        return [*self.command, *where, *(["--follow", "--tail=100"] if follow else [])]

    def password(self, name: str, *, user: str) -> str:
        """Returns a user's password in the environment's Airflow. Raises ClusterError, also if there is none yet."""
        words = ("get", "secret", USERS_SECRET, "--ignore-not-found", "-o", "json")
        found = self._call(*words, namespace=namespace_of(checked_name(name)), name=name)
        data = json.loads(found)["data"] if found.strip() else {}
        known = json.loads(b64decode(data.get("passwords.json", ""))) if data else {}
        if user not in known:
            raise ClusterError(
                f"The environment {name!r} has no password of {user!r} yet. See `longshore env status {name}`."
            )
        return str(known[user])

    def password_command(self, name: str) -> str:
        """Returns the command that prints the password of the environment's owner."""
        options = () if self.cluster is not None else self.command[1:]
        options += () if self.namespace == DEFAULT_NAMESPACE else ("--namespace", self.namespace)
        return shlex.join(("longshore", "env", "password", name, *options))

    def _call(self, *words: str, namespace: str | None = None, name: str = "", given: str | None = None) -> str:
        where = () if namespace is None else ("-n", namespace)
        data = None if given is None else given.encode()
        try:
            return run([*self.command, *where, *words], what="kubectl", input=data, timeout=_SECONDS)
        except ClusterError as error:
            said = str(error).removeprefix("kubectl: ")
            kind = ClusterUnavailableError if is_unavailable(said) else ClusterError
            raise kind(explain(said, name=name)) from error


def connect(*, kubeconfig: Path | None, context: str | None, namespace: str) -> EnvironmentsApi:
    """Connects to the named cluster; without a name to the checkout's cluster, or else to kubectl's current one.

    Raises:
        CliError: the file of the checkout's cluster is invalid.
    """
    cluster = SavedCluster.load()
    program = cluster.kubectl if cluster else "kubectl"
    if kubeconfig is None and context is None and cluster is not None:
        words = (program, "--kubeconfig", cluster.kubeconfig, "--context", cluster.context)
        return EnvironmentsApi(command=words, namespace=namespace, cluster=cluster)
    named = [*(["--kubeconfig", str(kubeconfig)] if kubeconfig else []), *(["--context", context] if context else [])]
    return EnvironmentsApi(command=(program, *named), namespace=namespace, cluster=None)
