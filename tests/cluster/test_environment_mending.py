"""What is not as it should be is set right: changes by hand, and an upgrade that cannot work."""

from typing import Any

import pytest

from .chart_values import values_of
from .environments import LiveEnvironment
from .parts import Cluster, eventually

pytestmark = pytest.mark.timeout(900)
_MEND_SECONDS = 180.0


def deployments(environment: LiveEnvironment) -> dict[str, tuple[int, int]]:
    """Of each of Airflow's components, how many pods are wanted and ready."""
    found = environment.cluster.kubectl.list("deployments", namespace=environment.namespace)
    return {
        each["metadata"]["name"]: (each["spec"]["replicas"], each["status"].get("readyReplicas", 0)) for each in found
    }


def test_what_somebody_removes_or_scales_by_hand_is_set_right(mine: LiveEnvironment, cluster: Cluster) -> None:
    before = deployments(mine)
    where = f"--namespace={mine.namespace}"
    cluster.kubectl.run(where, "delete", "deployment/airflow-triggerer", what="the triggerer")
    cluster.kubectl.run(where, "scale", "deployment/airflow-dag-processor", "--replicas=0", what="the DAG processor")
    eventually(lambda: deployments(mine) == before, seconds=_MEND_SECONDS, what="all components")
    mine.wait_for("Ready")


@pytest.mark.long
def test_an_upgrade_that_cannot_work_is_rolled_back_and_says_why(mine: LiveEnvironment, cluster: Cluster) -> None:
    ours = values_of(cluster, "environments", namespace="environments")["environments"]["image"]
    mine.patch(image=f"{ours['registry']}/{ours['repository']}:never-built")
    failed = mine.wait_for_reason("Degraded", "ReleaseFailed", seconds=600)
    assert "never-built" in failed["message"]

    def images() -> set[Any]:
        pods = [pod for pod in cluster.pods(mine.namespace) if not pod["metadata"].get("deletionTimestamp")]
        return {container["image"] for pod in pods for container in pod["spec"]["containers"]}

    eventually(lambda: all("never-built" not in image for image in images()), seconds=120, what="the rollback")
    assert mine.open()[0] == 200
    assert "one" in mine.dag_ids()
    mine.patch(image=None)
    mine.wait_for("Ready")
