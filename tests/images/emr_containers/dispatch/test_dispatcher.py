"""The queue over a real database and real processes, with a clock that can be set."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.dispatch.attempts import current_attempt
from emr_containers.dispatch.dispatcher import Dispatcher
from emr_containers.jobs.state_details import shortened
from emr_containers.runtimes.outcome import Outcome, Progress, ReportProgress
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.runtimes.runtime import JobAttempt, NotePlace, forget_place
from emr_containers.settings import Release
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from images.emr_containers.conftest import SCRIPTS
from support.job_runs import job
from support.waiting import until_async


@dataclass
class Queue:
    database: Database
    runtime: ProcessRuntime
    clock: float = 1000.0

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(database=self.database, runtime=self.runtime, max_running=2, now=lambda: self.clock)

    def add(self, script: str, *arguments: str, attempts: int = 1, **columns: Any) -> JobRun:
        """A row for one of SCRIPTS."""
        row = JobRun(
            **{
                "id": "run",
                "name": None,
                "client_token": "token",
                "request_digest": "",
                "created_at": 0.0,
                "created_by": "",
                "tags": {},
                "virtual_cluster_id": "vc",
                "state": "PENDING",
                "attempt": 1,
                "spec": job(script, *arguments, retryPolicyConfiguration={"maxAttempts": attempts}),
            }
            | columns
        )
        with self.database.write() as session:
            session.add(row)
        return row

    def row(self) -> JobRun:
        with self.database.read() as session:
            return session.get_one(JobRun, "run")

    async def until(self, happened: Callable[[JobRun], bool]) -> JobRun:
        def row() -> JobRun | None:
            found = self.row()
            return found if happened(found) else None

        return await until_async(lambda: f"the run is {self.row().state} ({self.row().state_details})", row)


@contextmanager
def _queue(tmp_path: Path, runtime: type[ProcessRuntime] = ProcessRuntime) -> Iterator[Queue]:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text + "\n")
    shell = Release(label="shell", kind="container", command=("/bin/sh",), application_directory=tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    yield Queue(database, runtime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases={"shell": shell}))
    database.close()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    with _queue(tmp_path) as queue:
        yield queue


async def dispatching(queue: Queue, happened: Callable[[JobRun], bool], by: Queue | None = None) -> JobRun:
    running = asyncio.create_task((by or queue).dispatcher().run(queue.database.begin_term()))
    try:
        return await queue.until(happened)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_it_ends_when_it_is_told_to_also_at_the_moment_it_is_woken(queue: Queue) -> None:
    async def end() -> None:
        dispatcher = queue.dispatcher()
        for _ in range(20):
            running = asyncio.create_task(dispatcher.run(queue.database.begin_term()))
            await asyncio.sleep(0.02)  # it waits by then
            dispatcher._wake.set()
            await asyncio.sleep(0)  # the event has come, and is not taken up yet
            running.cancel()
            await asyncio.wait([running], timeout=5)
            assert running.cancelled()

    asyncio.run(end())


def test_what_there_is_to_say_of_a_success_is_kept(tmp_path: Path) -> None:
    class Warning(ProcessRuntime):
        async def start(self, _job: JobAttempt, *_more: Any) -> Outcome:
            return Outcome(succeeded=True, details="It ran, but not as a gang.")

    with _queue(tmp_path, Warning) as queue:
        queue.add("hello.sh")
        row = asyncio.run(dispatching(queue, lambda row: row.finished_at is not None))
    assert (row.state, row.state_details) == ("COMPLETED", "It ran, but not as a gang.")


def test_the_place_in_which_a_run_begins_is_in_its_row_before_it_begins(tmp_path: Path) -> None:
    seen = []

    class Noting(ProcessRuntime):
        async def start(self, _job: JobAttempt, note_place: NotePlace = forget_place) -> Outcome:
            await note_place("there")
            seen.append(queue.row().claimed_in)
            return Outcome(succeeded=True, details="")

    with _queue(tmp_path, Noting) as queue:
        queue.add("hello.sh")
        assert asyncio.run(dispatching(queue, lambda row: row.finished_at is not None)).state == "COMPLETED"
    assert seen == ["there"]


def test_a_run_is_its_owners_whatever_its_tags_become(queue: Queue) -> None:
    row = queue.add("hello.sh", owner="team-a", tags={"longshore.dev/owner": "team-b"})
    assert current_attempt(row).owner == "team-a"


def test_a_retry_waits_for_its_time_and_the_last_failure_stays(queue: Queue) -> None:
    queue.add("fail.sh", attempts=3)

    async def run() -> list[tuple[str, int, float]]:
        seen = []
        for _ in range(2):
            row = await dispatching(queue, lambda row: row.state == "PENDING" and row.not_before > queue.clock)
            assert row.state_details == f"Attempt {row.attempt - 1} of 3 failed: the table is missing"
            seen.append((row.state, row.attempt, row.not_before - queue.clock))
            queue.clock = row.not_before
        row = await dispatching(queue, lambda row: row.finished_at is not None)
        return [*seen, (row.state, row.attempt, row.not_before - queue.clock)]

    assert asyncio.run(run()) == [("PENDING", 2, 10.0), ("PENDING", 3, 20.0), ("FAILED", 3, 0.0)]
    assert (queue.row().state_details, queue.row().failure_reason) == ("the table is missing", "USER_ERROR")


def test_a_run_that_a_server_before_did_not_come_to_start_is_started(queue: Queue) -> None:
    queue.add("hello.sh", state="SUBMITTED")
    assert asyncio.run(dispatching(queue, lambda row: row.finished_at is not None)).state == "COMPLETED"


@pytest.mark.parametrize(
    ("state", "place"),
    [("RUNNING", None), ("RUNNING", "another"), ("SUBMITTED", "another"), ("CANCEL_PENDING", "another")],
)
def test_a_run_that_may_have_begun_and_is_not_found_ends_as_lost_and_is_not_begun(
    queue: Queue, tmp_path: Path, state: str, place: str | None
) -> None:
    queue.add("hello.sh", state=state, claimed_in=place, attempts=3)
    row = asyncio.run(dispatching(queue, lambda row: row.finished_at is not None))
    assert row.state == ("CANCELLED" if state == "CANCEL_PENDING" else "FAILED")
    assert "The attempt is lost: it may have done its work" in (row.state_details or "")
    assert not (tmp_path / "logs").exists()


def test_a_dispatcher_whose_term_another_has_ended_starts_and_finishes_nothing_any_more(queue: Queue) -> None:
    queue.add("hello.sh")

    async def run() -> None:
        old = queue.database.begin_term()
        queue.database.begin_term()
        await asyncio.wait_for(queue.dispatcher().run(old), 20)  # it ends by itself

    asyncio.run(run())
    assert (queue.row().state, queue.row().finished_at) == ("PENDING", None)


def test_a_run_that_was_cancelled_before_it_was_started_is_never_started(queue: Queue, tmp_path: Path) -> None:
    queue.add("hello.sh", state="CANCEL_PENDING")
    assert asyncio.run(dispatching(queue, lambda row: row.finished_at is not None)).state == "CANCELLED"
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("state", "attempt"), [("COMPLETED", 1), ("FAILED", 1), ("CANCELLED", 1), ("PENDING", 2), ("RUNNING", 2)]
)
def test_what_ended_while_the_queue_was_read_is_left_as_it_is(
    queue: Queue, tmp_path: Path, state: str, attempt: int
) -> None:
    seen = current_attempt(queue.add("hello.sh", attempts=9, state=state, attempt=attempt))
    stale = JobAttempt(id=seen.id, virtual_cluster_id=seen.virtual_cluster_id, attempt=1, spec=seen.spec)
    asyncio.run(queue.dispatcher()._run_attempt(stale))
    row = queue.row()
    assert (row.state, row.attempt, row.finished_at) == (state, attempt, None)
    assert not (tmp_path / "logs").exists()


def test_a_fault_of_the_runtime_is_logged_and_the_run_taken_up_again(tmp_path: Path) -> None:
    class Faulty(ProcessRuntime):
        faults = iter([RuntimeError("can't start new thread")])

        async def start(self, job: JobAttempt, *_more: Any) -> Any:
            for fault in self.faults:
                raise fault
            return await super().start(job)

    with _queue(tmp_path, Faulty) as queue:
        queue.add("hello.sh")
        assert asyncio.run(dispatching(queue, lambda row: row.finished_at is not None)).state == "COMPLETED"


class FaultyDatabase(Database):
    """A database whose first reading fails."""

    def __init__(self, database: Database) -> None:
        self.read_by, self.write = database.read, database.write  # type: ignore[method-assign]
        self.faults = iter([OSError("no file descriptors left")])

    def read(self) -> Any:
        for fault in self.faults:
            raise fault
        return self.read_by()


def test_a_fault_of_the_queue_does_not_end_it(queue: Queue) -> None:
    queue.add("hello.sh")
    faulty = replace(queue, database=FaultyDatabase(queue.database))
    assert asyncio.run(dispatching(queue, lambda row: row.finished_at is not None, by=faulty)).state == "COMPLETED"


class Repeating(ProcessRuntime):
    """A runtime that repeats by itself, as Kubernetes does; a test says what its one attempt tells."""

    started: list[JobAttempt]
    tells: "asyncio.Queue[Progress | Outcome]"

    async def start(self, job: JobAttempt, *_more: Any) -> Any:
        self.started.append(job)
        return self

    async def wait(self, tell: ReportProgress) -> Outcome:
        while isinstance(said := await self.tells.get(), Progress):
            await tell(said)
        return said

    async def stop(self) -> None:
        await asyncio.sleep(60)


@contextmanager
def _repeating(tmp_path: Path) -> Iterator[tuple[Queue, Repeating]]:
    with _queue(tmp_path, Repeating) as queue:
        runtime = queue.runtime
        assert isinstance(runtime, Repeating)
        runtime.started, runtime.tells = [], asyncio.Queue()
        yield queue, runtime


FAILED = Outcome(succeeded=False, details="no table", reason="USER_ERROR", retryable=False)


def test_what_a_runtime_tells_is_the_runs_state_and_it_is_not_repeated_here(tmp_path: Path) -> None:
    async def run(queue: Queue, tells: "asyncio.Queue[Progress | Outcome]") -> None:
        dispatching = asyncio.create_task(queue.dispatcher().run(queue.database.begin_term()))
        for said, state, details, attempt in (
            (Progress(running=False, details="no node", attempt=1), "SUBMITTED", "no node", 1),
            (Progress(running=True, attempt=1), "RUNNING", None, 1),
            (
                Progress(running=True, details="StartedAttempt 1 of 3 failed", attempt=2),
                "RUNNING",
                "StartedAttempt 1 of 3 failed",
                2,
            ),
            # Its second pod has not started: RUNNING is still that it has run.
            (Progress(running=False, details="no node " * 40, attempt=2), "RUNNING", shortened("no node " * 40), 2),
            (FAILED, "FAILED", "no table", 2),
        ):
            tells.put_nowait(said)
            wanted = (state, details, attempt)
            await queue.until(lambda row, wanted=wanted: (row.state, row.state_details, row.attempt) == wanted)
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)

    with _repeating(tmp_path) as (queue, runtime):
        queue.add("hello.sh", attempts=3)
        asyncio.run(run(queue, runtime.tells))
        assert len(runtime.started) == 1


def test_a_run_that_is_being_cancelled_keeps_who_did_it_and_its_attempt_goes_on(tmp_path: Path) -> None:
    async def run(queue: Queue, runtime: Repeating) -> None:
        dispatching = asyncio.create_task(queue.dispatcher().run(queue.database.begin_term()))
        runtime.tells.put_nowait(Progress(running=True, attempt=1))
        await queue.until(lambda row: row.state == "RUNNING")
        with queue.database.write() as session:
            row = session.get_one(JobRun, "run")
            row.state, row.state_details = "CANCEL_PENDING", "Cancelled by me."
        runtime.tells.put_nowait(Progress(running=True, details="other", attempt=2))
        await queue.until(lambda row: row.attempt == 2)
        runtime.tells.put_nowait(FAILED)
        await queue.until(lambda row: row.finished_at is not None)
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)

    with _repeating(tmp_path) as (queue, runtime):
        queue.add("hello.sh", attempts=3)
        asyncio.run(run(queue, runtime))
        assert (queue.row().state, queue.row().state_details) == ("CANCELLED", "Cancelled by me.")


def test_a_runtime_is_told_the_namespace_and_whether_the_driver_has_run(tmp_path: Path) -> None:
    with _repeating(tmp_path) as (queue, runtime):
        runtime.tells.put_nowait(FAILED)
        common = {"name": None, "request_digest": "", "created_at": 0.0, "created_by": "", "tags": {}}
        provider = {"id": "eks", "type": "EKS", "info": {"eksInfo": {"namespace": "jobs"}}}
        cluster = VirtualCluster(id="vc", client_token="t", state="RUNNING", container_provider=provider, **common)
        with queue.database.write() as session:
            session.add(cluster)
        queue.add("hello.sh", state="RUNNING", attempt=2)
        asyncio.run(dispatching(queue, lambda row: row.finished_at is not None))
        [job] = runtime.started
        assert (job.namespace, job.driver_has_run, job.attempt) == ("jobs", True, 2)


def test_a_run_that_is_cancelled_in_its_second_attempt_says_what_both_have_done(queue: Queue, tmp_path: Path) -> None:
    first, second = "'lake.x.y' was written: 16 rows.", "Nothing was written to 'lake.x.y'."
    out = tmp_path / "out"
    queue.add("say_in_turn.sh", str(out), first, second, attempts=2)

    async def run() -> None:
        dispatching = asyncio.create_task(queue.dispatcher().run(queue.database.begin_term()))
        row = await queue.until(lambda row: row.state == "PENDING" and row.attempt == 2)
        assert row.state_details == f"Attempt 1 of 2 failed: The driver was killed by SIGKILL. {first}"
        queue.clock = row.not_before
        await queue.until(lambda row: row.state == "RUNNING" and (tmp_path / "out.2").exists())
        with queue.database.write() as session:
            cancelled = session.get_one(JobRun, "run")
            cancelled.state, cancelled.state_details = "CANCEL_PENDING", "Cancelled by me."
        await queue.until(lambda row: row.finished_at is not None)
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)

    asyncio.run(run())
    assert (queue.row().state, queue.row().state_details) == (
        "CANCELLED",
        f"Cancelled by me. Attempt 1: {first} Attempt 2: {second}",
    )
