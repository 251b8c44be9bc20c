"""The cluster's repository at an address of its own."""

import json

from cluster.environments.live import new_name
from cluster.parts import Cluster
from longshore_cli.cluster import namespaces


class GitServer:
    """A second Service of the git server, which can be made unreachable for one environment and no other."""

    def __init__(self, cluster: Cluster) -> None:
        self.name, self._cluster = f"git-{new_name()}", cluster
        found = cluster.kubectl.get("service", "git", namespace=namespaces.PLATFORM)
        assert found is not None
        self._selector = found["spec"]["selector"]
        ports = [{key: each[key] for key in ("name", "port", "targetPort")} for each in found["spec"]["ports"]]
        metadata = {"name": self.name, "namespace": namespaces.PLATFORM}
        spec = {"selector": self._selector, "ports": ports}
        cluster.kubectl.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})

    @property
    def url(self) -> str:
        return f"git://{self.name}.{namespaces.PLATFORM}:9418/dags.git"

    def reachable(self, there: bool) -> None:
        """Makes the address answer, or stop answering."""
        selector = self._selector if there else {"app.kubernetes.io/name": "nobody"}
        change = [{"op": "replace", "path": "/spec/selector", "value": selector}]
        self._run("patch", "service", self.name, "--type=json", "-p", json.dumps(change))

    def remove(self) -> None:
        self._run("delete", "service", self.name)

    def _run(self, *words: str) -> None:
        self._cluster.kubectl.run("-n", namespaces.PLATFORM, *words, what=f"service {self.name}")
