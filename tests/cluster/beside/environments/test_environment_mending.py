"""Changes made by hand in an environment are set right."""

import pytest
from cluster.environments.live import LiveEnvironment
from cluster.parts import Cluster, eventually

pytestmark = pytest.mark.timeout(900)
_MEND_SECONDS = 180.0


def deployments(environment: LiveEnvironment) -> dict[str, tuple[int, int]]:
    """The number of pods wanted and ready, for each of Airflow's components."""
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
