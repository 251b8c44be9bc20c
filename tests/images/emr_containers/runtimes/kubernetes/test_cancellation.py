"""The details of a cancelled run whose pods are deleted by then. The tests play the kubelet's part."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from emr_containers.dispatch.dispatcher import Dispatcher
from emr_containers.runtimes.kubernetes import run as attempt
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.watch import Watches
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.kubernetes.observed.objects import job_view
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME, RUN, ended, running
from images.emr_containers.runtimes.kubernetes.cluster_world import JOB, POD, World, in_a_cluster
from longshore_libs.kubernetes.access import Access

NOTHING = "Nothing was written to 'lake.x.y'."
NOT_KNOWN = "It is not known whether 'lake.x.y' was written: the commit had begun."
WRITTEN = "'lake.x.y' was written: 16 rows."


@dataclass
class Rows:
    """The server's database, with one run of a cluster's job."""

    database: Database
    world: World

    def add(self, *, attempts: int) -> None:
        common = {"name": None, "request_digest": "", "created_at": 0.0, "created_by": "", "tags": {}}
        provider = {"id": "eks", "type": "EKS", "info": {"eksInfo": {"namespace": "jobs"}}}
        spec: dict[str, Any] = {**JOB.spec, "retryPolicyConfiguration": {"maxAttempts": attempts}}
        run = {"id": RUN, "client_token": "r", "virtual_cluster_id": "vc", "state": "PENDING", "spec": spec}
        with self.database.write() as session:
            session.add(
                VirtualCluster(id="vc", client_token="c", state="RUNNING", container_provider=provider, **common)
            )
            session.add(JobRun(**run, **common))

    def row(self) -> JobRun:
        with self.database.read() as session:
            return session.get_one(JobRun, RUN)

    async def until(self, happened: Callable[[JobRun], bool]) -> JobRun:
        await self.world.cluster.until(lambda: happened(self.row()))
        return self.row()

    def cancel(self) -> None:
        with self.database.write() as session:
            row = session.get_one(JobRun, RUN)
            row.state, row.state_details = "CANCEL_PENDING", "Cancelled by me."

    @asynccontextmanager
    async def dispatching(self, name: str = "state") -> AsyncIterator[None]:
        async with self.world.server(name) as runtime:
            dispatcher = Dispatcher(database=self.database, runtime=runtime, max_running=2)
            task = asyncio.create_task(dispatcher.run(self.database.begin_term()))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def with_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a test's coroutine with a cluster, and a database with one run."""

    def run(test: Any, attempts: int = 1) -> None:
        async def live(world: World) -> None:
            database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
            try:
                rows = Rows(database, world)
                rows.add(attempts=attempts)
                await test(world, rows)
            finally:
                database.close()

        in_a_cluster(tmp_path, monkeypatch)(live)

    return run


@pytest.mark.parametrize("message", [NOTHING, NOT_KNOWN, WRITTEN])
def test_a_cancelled_run_says_what_its_pod_said_last(with_run: Any, message: str) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
            # The kubelet writes the last status; with the Job it is gone at once, and told by the watch only.
            world.pod_untold(ended(code=143, message=message, deleted=True))
            rows.cancel()
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("CANCELLED", f"Cancelled by me. {message}")

    with_run(test)


def test_a_run_cancelled_between_its_attempts_says_what_the_first_has_written(with_run: Any) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
            world.pod(ended(code=137, reason="OOMKilled", message=WRITTEN))
            world.job(shapes.job(failed=1))
            row = await rows.until(lambda row: row.attempt == 2)
            assert (row.state_details or "").startswith("Attempt 1 of 2 failed: The driver ran out of memory and was")
            assert (row.state_details or "").endswith(f" {WRITTEN}")
            rows.cancel()
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("CANCELLED", f"Cancelled by me. Attempt 1: {WRITTEN}")

    with_run(test, attempts=2)


def test_what_the_first_attempt_has_written_outlives_server_and_pod(with_run: Any) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(ended(code=137, message=WRITTEN))
            world.job(shapes.job(failed=1))
            await rows.until(lambda row: row.attempt == 2 and row.messages)  # what the watch has told of job and pod
        world.cluster.remove("pods", POD)
        rows.cancel()
        async with rows.dispatching("another"):
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("CANCELLED", f"Cancelled by me. Attempt 1: {WRITTEN}")

    with_run(test, attempts=2)


def test_a_run_whose_pod_went_unseen_says_that_its_end_is_not_known(with_run: Any) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
        rows.cancel()
        world.cluster.remove("pods", POD)
        world.cluster.remove("jobs", JOB_NAME)
        async with rows.dispatching("another"):
            row = await rows.until(lambda row: row.finished_at is not None)
        assert row.state == "CANCELLED"
        assert row.state_details == (
            "Cancelled by me. How far the driver came is not known: its pod was deleted before its end could be read."
        )

    with_run(test)


def test_a_list_that_is_ahead_of_the_watch_does_not_lose_the_last_word(
    with_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
            gone = world.cluster.objects["pods"].pop(POD)
            rows.cancel()
            await world.cluster.until(lambda: not world.cluster.objects["jobs"])
            await asyncio.sleep(0.3)  # the list has no pod by now
            assert rows.row().finished_at is None
            world.pod_untold(gone | {"status": ended(code=143, message=WRITTEN)["status"]})
            world.cluster.remove("pods", POD)
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("CANCELLED", f"Cancelled by me. {WRITTEN}")

    monkeypatch.setattr(attempt, "_LAST_WORD_SECONDS", 50.0)
    with_run(test)


def test_a_list_that_is_behind_the_watch_does_not_bring_a_pod_back(with_run: Any) -> None:
    async def test(world: World, _rows: Rows) -> None:
        api, run = (
            Api(Access(url=world.cluster.url)),
            RunIdentity(id=RUN, virtual_cluster_id="vc", namespace="jobs"),
        )
        try:
            async with Watches(api).following(run) as view:
                of = job_view(shapes.job())
                await world.cluster.until(lambda: world.cluster.watched("pods"))
                world.pod(ended(code=143, message=WRITTEN, deleted=True))
                world.cluster.remove("pods", POD)
                await world.cluster.until(lambda: any(pod.gone for pod in view.snapshot(of).drivers))
                view.put_pods([running()])
                [pod] = view.snapshot(of).drivers
                assert (pod.gone, pod.ended and pod.ended.message) == (True, WRITTEN)
        finally:
            await api.close()

    with_run(test)


def test_a_run_that_completes_before_it_can_be_cancelled_shows_nothing_of_it(with_run: Any) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
            world.pod(ended(code=0, message=WRITTEN))
            world.job(shapes.complete())
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("COMPLETED", None)

    with_run(test)


def test_a_job_that_a_user_deletes_fails_with_its_drivers_last_word(with_run: Any) -> None:
    async def test(world: World, rows: Rows) -> None:
        async with rows.dispatching():
            await world.cluster.until(lambda: world.cluster.objects["jobs"])
            world.pod(running())
            await rows.until(lambda row: row.state == "RUNNING")
            world.pod(ended(code=143, message=WRITTEN, deleted=True))
            world.cluster.remove("jobs", JOB_NAME)
            world.cluster.remove("pods", POD)
            row = await rows.until(lambda row: row.finished_at is not None)
        assert (row.state, row.state_details) == ("FAILED", f"The run's Job '{JOB_NAME}' was deleted. {WRITTEN}")

    with_run(test)
