"""A cluster that fails when it is told to, and servers that know it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.run import KubernetesRun
from emr_containers.runtimes.kubernetes.runtime import KubernetesRuntime
from emr_containers.runtimes.kubernetes.yunikorn.client import YuniKornTiming
from emr_containers.runtimes.outcome import Outcome, Progress
from emr_containers.runtimes.runtime import JobAttempt, StartedAttempt
from emr_containers.settings import KubernetesSettings, Release
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME, RUN
from images.emr_containers.runtimes.kubernetes.fake_cluster import FakeCluster
from images.emr_containers.runtimes.kubernetes.fake_yunikorn import FakeYuniKorn
from images.emr_containers.runtimes.spark.test_submit import spec
from longshore_libs.kubernetes.access import Access

POD = f"{JOB_NAME}-x7k2p"
KEY = f"logs/vc/jobs/{RUN}/containers/spark-{RUN}/spark-{RUN}-driver"
JOB = JobAttempt(
    id=RUN,
    virtual_cluster_id="vc",
    attempt=1,
    namespace="jobs",
    spec=spec("local:///opt/longshore/report.py") | {"releaseLabel": "report"},  # type: ignore[typeddict-item]
)
SETTINGS = KubernetesSettings(log_uri="s3://logs", start_error_timeout=1)

Test = Callable[["World"], Coroutine[Any, Any, None]]


def in_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    """Runs a test's coroutine with a cluster of one node."""
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    async def live(test: Test) -> None:
        async with FakeCluster().serving() as cluster:
            cluster.objects["nodes"]["a"] = {
                "metadata": {"name": "a"},
                "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
            }
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", cluster.url)
            async with asyncio.timeout(55):
                await test(World(cluster, tmp_path))

    return lambda test: asyncio.run(live(test))


def in_a_cluster_with_yunikorn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[["World", FakeYuniKorn], Coroutine[Any, Any, None]]], None]:
    """Runs a test's coroutine with a cluster of one node and a YuniKorn, which is asked all the time."""

    def run(test: Callable[["World", FakeYuniKorn], Coroutine[Any, Any, None]]) -> None:
        async def live(world: "World") -> None:
            async with FakeYuniKorn().serving() as yunikorn:
                world.settings = replace(SETTINGS, yunikorn_url=yunikorn.url)
                await test(world, yunikorn)

        in_a_cluster(tmp_path, monkeypatch)(live)

    return run


class World:
    """A cluster, and servers that know it."""

    def __init__(self, cluster: FakeCluster, directory: Path) -> None:
        self.cluster, self._directory = cluster, directory
        self.settings = SETTINGS
        self.told: list[Progress] = []

    @asynccontextmanager
    async def server(
        self, name: str = "state", settings: KubernetesSettings | None = None
    ) -> AsyncIterator[KubernetesRuntime]:
        kinds: tuple[Any, ...] = ("spark", "container")
        releases = {
            label: Release(
                label=label, kind=kind, command=("/bin/run",), application_directory=Path("/opt/longshore"), image="i:1"
            )
            for label, kind in zip(("spark", "report"), kinds, strict=True)
        }
        runtime = KubernetesRuntime(
            access=Access(url=self.cluster.url),
            releases={label: ClusterRelease(release=release, image="i:1") for label, release in releases.items()},
            state_directory=self._directory / name,
            settings=settings or self.settings,
            yunikorn_timing=YuniKornTiming(look=0.02, fresh=0.0, pauses=0),
        )
        try:
            yield runtime
        finally:
            await runtime.close()

    async def tell(self, progress: Progress) -> None:
        self.told.append(progress)

    async def started(self, runtime: KubernetesRuntime, job: JobAttempt = JOB) -> KubernetesRun:
        attempt = await runtime.start(job)
        assert isinstance(attempt, KubernetesRun), attempt
        return attempt

    def follow(self, attempt: StartedAttempt) -> "asyncio.Task[Outcome]":
        return asyncio.create_task(attempt.wait(self.tell))

    def pod(self, item: dict[str, Any]) -> None:
        self.cluster.put("pods", item)

    def pod_untold(self, item: dict[str, Any]) -> None:
        """Makes a pod that no watch has told of yet."""
        self.cluster.objects["pods"][item["metadata"]["name"]] = item

    def job(self, shape: dict[str, Any]) -> None:
        """Sets the status that the Job's controller writes."""
        known = self.cluster.objects["jobs"][JOB_NAME]
        self.cluster.put("jobs", known | {"status": shape["status"]})

    def asked(self, request: str) -> int:
        return sum(seen.startswith(request) for seen in self.cluster.requests)

    def stored(self, name: str = "stdout") -> str:
        content = self.cluster.stored.get(f"{KEY}/{name}.gz")
        return "" if content is None else gzip.decompress(content).decode()


def spark(*options: str, run: str = RUN, **members: Any) -> JobAttempt:
    """A Spark job with these properties."""
    parameters = " ".join(f"--conf {option}" for option in options)
    job = spec(sparkSubmitParameters=parameters) | {"releaseLabel": "spark"} | members
    return replace(JOB, id=run, spec=job)  # type: ignore[arg-type]


def logging(job: JobAttempt, **monitoring: Any) -> JobAttempt:
    """The job with a logUri of its own."""
    monitoring |= {"s3MonitoringConfiguration": {"logUri": "s3://logs"}}
    overrides = {"configurationOverrides": {"monitoringConfiguration": monitoring}}
    return replace(job, spec=job.spec | overrides)  # type: ignore[typeddict-item]


def line(second: int, text: str) -> str:
    return f"2026-11-25T00:26:{second:02}.000000001Z {text}"


def content(runtime: KubernetesRuntime, job: JobAttempt = JOB) -> str:
    log = runtime.open_log(job, "stdout")
    with log.file as file:
        return file.read().decode()
