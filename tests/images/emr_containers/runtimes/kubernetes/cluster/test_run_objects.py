"""A run's Job and pods: what is asked of the API, and what is no error there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.run_objects import RunObjects
from emr_containers.runtimes.kubernetes.names import RunIdentity
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME, RUN, running
from images.emr_containers.runtimes.kubernetes.cluster_world import Test, World, in_a_cluster
from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.access import Access


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


def of_a_run(test: Any, *, uid: str = "job-uid") -> Test:
    async def live(world: World) -> None:
        api = Api(Access(url=world.cluster.url))
        try:
            run = RunIdentity(id=RUN, virtual_cluster_id="vc", namespace="jobs")
            await test(world, RunObjects(api=api, run=run, uid=uid))
        finally:
            await api.close()

    return live


def test_a_job_that_may_make_no_other_pod_says_so_and_keeps_the_rest(in_cluster: Any) -> None:
    async def test(world: World, objects: RunObjects) -> None:
        await objects.end_attempts()  # it is gone already
        world.cluster.put("jobs", shapes.job())
        await objects.end_attempts()
        await objects.keep_for(7)
        spec = world.cluster.objects["jobs"][JOB_NAME]["spec"]
        assert spec == {"completions": 1, "backoffLimit": 0, "ttlSecondsAfterFinished": 7}
        world.cluster.patches_refused = 403
        with pytest.raises(KubernetesError, match="patches are refused"):
            await objects.end_attempts()

    in_cluster(of_a_run(test))


def test_a_job_of_the_name_that_is_another_is_not_the_runs(in_cluster: Any) -> None:
    async def test(world: World, objects: RunObjects) -> None:
        assert await objects.job() is None
        world.cluster.put("jobs", shapes.job(uid="another"))
        assert await objects.job() is None
        world.cluster.put("jobs", shapes.job())
        assert (await objects.job())["metadata"]["uid"] == "job-uid"

    in_cluster(of_a_run(test))


def test_executors_are_deleted_without_their_driver(in_cluster: Any) -> None:
    async def test(world: World, objects: RunObjects) -> None:
        world.cluster.put("pods", running())
        world.cluster.put("pods", running("exec-1", component="executor"))
        await objects.delete_pods("executor")
        assert [pod["metadata"]["name"] for pod in await objects.pods()] == [f"{JOB_NAME}-x7k2p"]
        await objects.delete_pods()
        assert await objects.pods() == []

    in_cluster(of_a_run(test))
