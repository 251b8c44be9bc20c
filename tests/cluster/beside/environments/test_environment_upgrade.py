"""An upgrade of an environment that cannot work."""

from pathlib import Path
from typing import Any

import pytest
from cli.dags.repositories import repository
from cluster.chart_values import values_of
from cluster.environments.live import bring, live_environment, new_developer, new_name
from cluster.parts import Cluster, eventually

pytestmark = pytest.mark.timeout(900)


def test_an_upgrade_that_cannot_work_is_rolled_back_and_says_why(cluster: Cluster, tmp_path: Path) -> None:
    name = new_name()
    bring(cluster, repository(tmp_path / "checkout"), branch=name)
    with live_environment(cluster, owner=new_developer(), name=name, branch=name) as environment:
        environment.wait_for("Ready")
        ours = values_of(cluster, "environments", namespace="environments")["environments"]["image"]
        environment.patch(image=f"{ours['registry']}/{ours['repository']}:never-built")
        failed = environment.wait_for_reason("Degraded", "ReleaseFailed", seconds=600)
        assert "never-built" in failed["message"]

        def images() -> set[Any]:
            pods = [pod for pod in cluster.pods(environment.namespace) if not pod["metadata"].get("deletionTimestamp")]
            return {container["image"] for pod in pods for container in pod["spec"]["containers"]}

        eventually(lambda: all("never-built" not in image for image in images()), seconds=120, what="the rollback")
        assert environment.open()[0] == 200
        assert "one" in environment.dag_ids()
        environment.patch(image=None)
        environment.wait_for("Ready")
