"""The names, labels and annotations of a job run's objects in a cluster. Pure.

The labels are the ones that EMR on EKS gives its pods, so that dashboards, NetworkPolicies and queries work with both.
Source: AWS, EMR on EKS development guide, "Monitoring jobs".
"""

import re
from dataclasses import dataclass

_AWS = "emr-containers.amazonaws.com"
JOB_RUN_LABEL = f"{_AWS}/job.id"
COMPONENT_LABEL = f"{_AWS}/component"
TEMPLATE_ANNOTATION = f"{_AWS}/executor-pod-template"
"""The annotation of the driver's pod with the executors' pod template; a volume shows it to the driver as a file."""
CONFIGURATION_ANNOTATION = f"{_AWS}/configuration"
"""The annotation of a pod with a file for Spark; a dot and the file's name follow."""
NEVER_STARTS_ANNOTATION = f"{_AWS}/never-starts"
"""The annotation of a Job that only takes a run's name, so that no other Job can have it."""
DRIVER_CONTAINER = "spark-kubernetes-driver"
EXECUTOR_CONTAINER = "spark-kubernetes-executor"
LOG_POLICY = "FallbackToLogsOnError"
"""The `terminationMessagePolicy` of a SQL script's driver, since Spark's SQL CLI writes its errors to the log only."""
YUNIKORN = "yunikorn"
"""The name of YuniKorn's scheduler. It reads the labels and annotations below: yunikorn-k8shim 1.9, constants.go."""
YUNIKORN_DOMAIN = "yunikorn.apache.org/"
APPLICATION_LABEL = f"{YUNIKORN_DOMAIN}app-id"
USER_LABEL = f"{YUNIKORN_DOMAIN}username"
TASK_GROUP_ANNOTATION = f"{YUNIKORN_DOMAIN}task-group-name"
"""The annotation with a pod's task group."""
TASK_GROUPS_ANNOTATION = f"{YUNIKORN_DOMAIN}task-groups"
"""The annotation of an application's first pod with all its task groups; all get room before any of them starts."""
GANG_POLICY_ANNOTATION = f"{YUNIKORN_DOMAIN}schedulingPolicyParameters"
"""The annotation of the first pod with the time to wait for room, and what happens then."""
DRIVER_GROUP = "spark-driver"
EXECUTOR_GROUP = "spark-executor"
_OWN_UID = "uniqueautogen"
"""The last part of an application ID that YuniKorn replaces by the pod's UID.

Source: yunikorn-k8shim 1.9, pkg/common/utils.
"""
_JOB_NAME = re.compile(r"job-run-([0-9a-z]+)(?:-.*)?")


@dataclass(frozen=True, kw_only=True)
class RunIdentity:
    """The IDs of a job run, from which the names and labels of its objects follow."""

    id: str
    virtual_cluster_id: str
    namespace: str

    @property
    def job_name(self) -> str:
        """The name of the run's Job, and the prefix of its pods' names: 33 of the 63 characters of a name."""
        return f"job-run-{self.id}"

    def application(self, driver: str = _OWN_UID) -> str:
        """Returns the YuniKorn application ID of the attempt whose driver's pod has this UID.

        It has 62 of a label's 63 characters. Each attempt is an application of its own, because an application that has
        ended, or is ending, takes no new gang. Without a UID, the ID is the one in a driver's own label.
        """
        return f"{self.id}-{driver}"

    def labels(self, component: str | None = None) -> dict[str, str]:
        """Returns the labels of the Job, or of a pod whose component is `driver` or `executor`."""
        labels = {
            JOB_RUN_LABEL: self.id,
            f"{_AWS}/virtual-cluster-id": self.virtual_cluster_id,
            f"{_AWS}/resource.type": "job.run",
            "app.kubernetes.io/managed-by": "emr-containers",
        }
        return labels if component is None else labels | {COMPONENT_LABEL: component}


def place_of(uid: str) -> str:
    """Returns the place in which the attempts of the Job with this UID begin (`JobAttempt.claimed_in`)."""
    return f"Job {uid}"


def run_of(name: str) -> str | None:
    """Returns the ID of the run whose object has this name; None if it belongs to no run."""
    match = _JOB_NAME.fullmatch(name)
    return match[1] if match else None
