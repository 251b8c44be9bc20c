"""The pods of a job run, and what they have written, through `kubectl`."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from longshore_cli.base.programs import run
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import ClusterError

_LABELS = "emr-containers.amazonaws.com"
"""The domain of the labels that the job server and EMR on EKS give to pods."""
COMPONENT = f"{_LABELS}/component"
_SECONDS = 60.0


def selector(job_run: str, component: str | None = None) -> str:
    """Returns the label selector of a run's pods. Pure.

    Args:
        component: `driver` or `executor`; None: both.
    """
    found = f"{_LABELS}/job.id={job_run}"
    return found if component is None else f"{found},{COMPONENT}={component}"


@dataclass(frozen=True, kw_only=True)
class JobPods:
    """The pods of one job run in one cluster."""

    cluster: SavedCluster
    job_run: str

    def all(self) -> list[dict[str, Any]]:
        """Returns the pods that exist, drivers first.

        Raises:
            ClusterError: kubectl is missing, or the cluster does not answer.
        """
        words = ("get", "pods", "--all-namespaces", "-l", selector(self.job_run), "-o", "json")
        what = f"The pods of the job run {self.job_run!r} cannot be listed"
        found = json.loads(run([*self._command, *words], what=what, timeout=_SECONDS))["items"]
        return sorted(found, key=lambda pod: (pod["metadata"]["labels"].get(COMPONENT) != "driver", name_of(pod)))

    def log(self, pod: dict[str, Any]) -> bytes | None:
        """Returns the output of a pod's first container; None if it has none, because it was not started or is gone.

        Raises:
            ClusterError: kubectl cannot be started, or the cluster does not answer.
        """
        words = ("-n", pod["metadata"]["namespace"], "logs", name_of(pod), "-c", pod["spec"]["containers"][0]["name"])
        try:
            done = subprocess.run(
                [*self._command, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ClusterError(f"The log of the pod {name_of(pod)!r} cannot be read: {error}") from error
        return done.stdout if done.returncode == 0 else None

    @property
    def _command(self) -> list[str]:
        return [self.cluster.kubectl, "--kubeconfig", self.cluster.kubeconfig, "--context", self.cluster.context]


def name_of(pod: dict[str, Any]) -> str:
    """Returns a pod's name. Pure."""
    return str(pod["metadata"]["name"])
