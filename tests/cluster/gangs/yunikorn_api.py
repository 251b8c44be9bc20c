"""YuniKorn's REST API, and its scheduler's pod."""

import json
import urllib.request
from contextlib import ExitStack
from typing import Any

from cluster.parts import Cluster, eventually
from longshore_cli.cluster.charts.readiness import wait_ready
from longshore_cli.exceptions import ClusterError

NAMESPACE = "yunikorn"
_DEPLOYMENT, _SERVICE, _PORT = "yunikorn", "service/yunikorn", 9080
_SELECTOR = "app.kubernetes.io/component=scheduler"


class YuniKorn:
    """The scheduler of the cluster; its API is reached through a port of this machine, as long as its pod lives."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._forward = ExitStack()
        self._port: int | None = None

    def get(self, path: str) -> Any:
        """The answer to a GET of `/ws/v1/<path>`."""
        return self._call(path)

    def verdict(self, configuration: str) -> dict[str, Any]:
        """Returns the answer of `validate-conf` to a configuration: `allowed`, and the `reason` if it is not."""
        return dict(self._call("validate-conf", configuration))

    def queue(self, name: str) -> dict[str, Any] | None:
        """The queue of this full name; None where there is none."""
        waiting = [self.get("partition/default/queues")]
        while waiting:
            queue = waiting.pop()
            if queue["queuename"] == name:
                return dict(queue)
            waiting += queue.get("children") or []
        return None

    def used_memory(self, queue: str) -> int:
        """Returns the memory that a queue's applications hold, placeholders included, in bytes."""
        found = self.queue(queue)
        assert found is not None
        return int((found.get("allocatedResource") or {}).get("memory", 0))

    def application(self, name: str) -> dict[str, Any] | None:
        """The application of this ID, whether it runs, has ended or was rejected; None where there is none."""
        for state in ("active", "completed", "rejected"):
            for each in self.get(f"partition/default/applications/{state}"):
                if each["applicationID"] == name:
                    return dict(each)
        return None

    def restart(self) -> None:
        """Takes the scheduler's pod away at once, and waits for the next one to answer."""
        (pod,) = self.cluster.pods(NAMESPACE, _SELECTOR)
        self.cluster.delete_pod(NAMESPACE, pod["metadata"]["name"])
        self.close()
        _wait_ready(self.cluster)
        eventually(self._answers, seconds=180, what="an answer of the new scheduler's")

    def close(self) -> None:
        """Gives the port back."""
        self._port = None
        self._forward.close()

    def _answers(self) -> bool:
        try:
            return bool(self.get("partition/default/queues"))
        except (OSError, ClusterError):
            return False

    def _call(self, path: str, body: str | None = None) -> Any:
        try:
            return self._ask(path, body)
        except OSError:
            self.close()  # there may be another pod
            return self._ask(path, body)

    def _ask(self, path: str, body: str | None) -> Any:
        if self._port is None:
            forward = self.cluster.kubectl.forward(_SERVICE, _PORT, namespace=NAMESPACE)
            self._port = self._forward.enter_context(forward)
        url = f"http://127.0.0.1:{self._port}/ws/v1/{path}"
        request = urllib.request.Request(url, data=None if body is None else body.encode())
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


def is_installed(cluster: Cluster) -> bool:
    """Returns whether the cluster has a YuniKorn, ready or not."""
    return cluster.kubectl.get("deployment", _DEPLOYMENT, namespace=NAMESPACE) is not None


def is_ready(cluster: Cluster) -> bool:
    """Returns whether the cluster has a YuniKorn, and waits until it is ready.

    Raises:
        ClusterError: it does not become ready.
    """
    if not is_installed(cluster):
        return False
    _wait_ready(cluster)
    return True


def _wait_ready(cluster: Cluster) -> None:
    wait_ready(cluster.kubectl, namespace=NAMESPACE, seconds=120, say=lambda _line: None)
