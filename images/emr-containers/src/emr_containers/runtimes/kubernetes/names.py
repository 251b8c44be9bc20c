"""The names, labels and annotations of what a job run is in a cluster. Pure.

The labels are those that EMR on EKS itself gives its pods, so that dashboards, NetworkPolicies and queries for one
work on the other. Source: AWS, EMR on EKS development guide, "Monitoring jobs".
"""

import re
from dataclasses import dataclass

_AWS = "emr-containers.amazonaws.com"
JOB_RUN_LABEL = f"{_AWS}/job.id"
COMPONENT_LABEL = f"{_AWS}/component"
TEMPLATE_ANNOTATION = f"{_AWS}/executor-pod-template"
"""On the driver's pod: the executors' pod template, which its volume shows to the driver as a file."""
CONFIGURATION_ANNOTATION = f"{_AWS}/configuration"
"""On a driver's or an executor's pod, with a point and the file's name: a file that Spark reads there."""
NEVER_ANNOTATION = f"{_AWS}/never-starts"
"""On a Job that only holds a run's name, so that no other can have it."""
DRIVER_CONTAINER = "spark-kubernetes-driver"
EXECUTOR_CONTAINER = "spark-kubernetes-executor"
YUNIKORN = "yunikorn"
"""Its scheduler's name. Labels and annotations below are those that it reads: yunikorn-k8shim 1.9, constants.go."""
YUNIKORN_DOMAIN = "yunikorn.apache.org/"
APPLICATION_LABEL = f"{YUNIKORN_DOMAIN}app-id"
USER_LABEL = f"{YUNIKORN_DOMAIN}username"
TASK_GROUP_ANNOTATION = f"{YUNIKORN_DOMAIN}task-group-name"
"""The task group that a pod is of."""
TASK_GROUPS_ANNOTATION = f"{YUNIKORN_DOMAIN}task-groups"
"""On an application's first pod: all its groups, for which room is kept before any of them starts."""
GANG_POLICY_ANNOTATION = f"{YUNIKORN_DOMAIN}schedulingPolicyParameters"
"""On the first pod, too: how long room is waited for, and what happens then."""
DRIVER_GROUP = "spark-driver"
EXECUTOR_GROUP = "spark-executor"
_OWN_UID = "uniqueautogen"
"""As an application ID's last part it stands for the pod's UID. Source: yunikorn-k8shim 1.9, pkg/common/utils."""
_JOB_NAME = re.compile(r"job-run-([0-9a-z]+)(?:-.*)?")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A job run, as far as its objects' names go."""

    id: str
    virtual_cluster_id: str
    namespace: str

    @property
    def job_name(self) -> str:
        """Of the run's Job, and what its pods' names begin with: 33 characters of the 63 that a name may have."""
        return f"job-run-{self.id}"

    def application(self, driver: str = _OWN_UID) -> str:
        """The ID in YuniKorn of the attempt whose driver's pod has this UID: 62 of a label's 63 characters.

        Each attempt is an application of its own: one that has ended, or is ending, takes no new gang. Without a UID
        it is what a driver's own label says.
        """
        return f"{self.id}-{driver}"

    def labels(self, component: str | None = None) -> dict[str, str]:
        """Of the Job, or of a pod that is its `driver` or one of its `executor`s."""
        labels = {
            JOB_RUN_LABEL: self.id,
            f"{_AWS}/virtual-cluster-id": self.virtual_cluster_id,
            f"{_AWS}/resource.type": "job.run",
            "app.kubernetes.io/managed-by": "emr-containers",
        }
        return labels if component is None else labels | {COMPONENT_LABEL: component}


def run_of(name: str) -> str | None:
    """The ID of the run whose object has this name; None for an object of no run."""
    match = _JOB_NAME.fullmatch(name)
    return match[1] if match else None
