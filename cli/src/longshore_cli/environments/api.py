"""The cluster's API through `kubectl`, as far as environments need it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore_cli.cluster.shell import run
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.environments.names import RESOURCE, USERS_SECRET, checked_name, namespace_of
from longshore_cli.environments.refusals import is_away, sentence
from longshore_cli.exceptions import ClusterAway, ClusterError

_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Api:
    """One cluster's environments."""

    command: tuple[str, ...]
    """kubectl, and the options that name the cluster."""
    namespace: str
    """Where the objects lie."""
    own: ClusterEnvironment | None
    """What is known of the cluster, if it is the checkout's own."""

    def user(self) -> str:
        """Who the API server says that we are. Raises ClusterError, as all of these do: it refuses, or is away."""
        found = json.loads(self._call("auth", "whoami", "-o", "json"))
        return str(found["status"]["userInfo"]["username"])

    def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Makes an object that is not there yet; the object."""
        name = manifest["metadata"]["name"]
        words = ("create", "-f", "-", "-o", "json")
        return dict(json.loads(self._call(*words, namespace=self.namespace, name=name, given=json.dumps(manifest))))

    def find(self, name: str) -> dict[str, Any] | None:
        """The environment; None where there is none."""
        words = ("get", RESOURCE, checked_name(name), "--ignore-not-found", "-o", "json")
        found = self._call(*words, namespace=self.namespace, name=name)
        return dict(json.loads(found)) if found.strip() else None

    def get(self, name: str) -> dict[str, Any]:
        """The environment. Raises ClusterError, also where there is none."""
        if (found := self.find(name)) is None:
            raise ClusterError(f"There is no environment {name!r}; `longshore env list --all-owners` shows all.")
        return found

    def all(self) -> list[dict[str, Any]]:
        """All environments."""
        return list(json.loads(self._call("get", RESOURCE, "-o", "json", namespace=self.namespace))["items"])

    def patch(self, name: str, patch: Mapping[str, Any]) -> None:
        """Changes the environment by a JSON merge patch."""
        words = ("patch", RESOURCE, checked_name(name), "--type", "merge", "-p", json.dumps(patch))
        self._call(*words, namespace=self.namespace, name=name)

    def delete(self, name: str) -> None:
        """Asks for the environment's end; the controller then removes what it is made of."""
        self._call("delete", RESOURCE, checked_name(name), "--wait=false", namespace=self.namespace, name=name)

    def pods(self, name: str) -> list[dict[str, Any]]:
        """The pods of the environment's Airflow."""
        words = ("get", "pods", "-l", "app.kubernetes.io/name=airflow", "-o", "json")
        return list(json.loads(self._call(*words, namespace=namespace_of(name)))["items"])

    def log_command(self, name: str, *, component: str, follow: bool) -> list[str]:
        """The command that prints the log of a component of Airflow."""
        where = ("-n", namespace_of(checked_name(name)), "logs", f"deployment/airflow-{component}", "-c", component)
        return [*self.command, *where, *(["--follow", "--tail=100"] if follow else [])]

    def password_command(self, name: str) -> str:
        """What a shell is told to show the environment's users with their passwords, as JSON."""
        words = (*self.command, "-n", namespace_of(name), "get", "secret", USERS_SECRET)
        return f"{shlex.join(words)} -o jsonpath='{{.data.passwords\\.json}}' | base64 -d"

    def _call(self, *words: str, namespace: str | None = None, name: str = "", given: str | None = None) -> str:
        where = () if namespace is None else ("-n", namespace)
        data = None if given is None else given.encode()
        try:
            return run([*self.command, *where, *words], what="kubectl", input=data, timeout=_SECONDS)
        except ClusterError as error:
            said = str(error).removeprefix("kubectl: ")
            raise (ClusterAway if is_away(said) else ClusterError)(sentence(said, name=name)) from error


def connect(*, kubeconfig: Path | None, context: str | None, namespace: str) -> Api:
    """The cluster that is named; without a name the checkout's own, or else the one that kubectl takes by itself.

    Raises:
        CliError: the checkout's own is not as it was saved.
    """
    own = ClusterEnvironment.load()
    program = own.kubectl if own else "kubectl"
    if kubeconfig is None and context is None and own is not None:
        words = (program, "--kubeconfig", own.kubeconfig, "--context", own.context)
        return Api(command=words, namespace=namespace, own=own)
    named = [*(["--kubeconfig", str(kubeconfig)] if kubeconfig else []), *(["--context", context] if context else [])]
    return Api(command=(program, *named), namespace=namespace, own=None)
