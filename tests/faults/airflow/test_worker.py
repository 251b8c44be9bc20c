"""A worker that is lost, wherever it is on its way, and a scheduler with all its workers."""

import threading
from collections.abc import Iterator

import psutil
import pytest

from .case import Case
from .components import FaultyAirflow
from .proxy import proxy_to


def _kill_process(case: Case) -> None:
    """SIGKILL to the task's process, as by the out-of-memory killer; Airflow's supervisor of it sees that at once."""
    psutil.Process(case.task()["pid"]).kill()


def _kill_worker(case: Case) -> None:
    """SIGKILL to the task's process and to its supervisor, as when a node is lost: Airflow misses its heartbeat."""
    process = psutil.Process(case.task()["pid"])
    worker = process.parent()
    assert worker is not None
    worker.kill()
    process.kill()


KILLS = {"process": _kill_process, "worker": _kill_worker}
WITHOUT_RETRIES = {"process": "on_worker", "worker": "on_worker", "process, others go on": "on_worker_among_others"}


@pytest.fixture(scope="module")
def lost(airflow: FaultyAirflow) -> dict[str, Case]:
    """Tasks whose processes, or workers, were killed while they waited for their job runs."""
    ways = {f"{what}, retries": "on_worker_with_retry" for what in KILLS} | WITHOUT_RETRIES
    started = {name: airflow.start(way) for name, way in ways.items()}
    for case in started.values():
        case.wait_for_jobs("RUNNING")
        case.wait_for_task("running")
    for name, case in started.items():
        KILLS[name.split(",")[0]](case)
    return started


@pytest.mark.parametrize("what", KILLS)
def test_retry_after_a_lost_worker_starts_a_new_job_run_once_the_earlier_one_has_ended(
    lost: dict[str, Case], what: str
) -> None:
    case = lost[f"{what}, retries"]
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()
    assert case.running_jobs() == 1
    case.finish()
    assert case.states() == ["CANCELLED", "COMPLETED"]


@pytest.mark.parametrize("what", WITHOUT_RETRIES)
def test_task_without_retries_leaves_no_job_run_when_its_worker_is_lost(lost: dict[str, Case], what: str) -> None:
    case = lost[what]
    case.wait_for_jobs("CANCELLED")
    case.wait_for_task("failed")
    assert case.running_jobs() == 0


@pytest.fixture(scope="module")
def held(airflow: FaultyAirflow) -> Iterator[dict[str, Case]]:
    """Tasks that would defer, whose processes wait for an answer of the API: to the start, and to the first look."""
    server = airflow.servers["aws_default"]
    with proxy_to(server.endpoint) as start, proxy_to(server.endpoint) as look:
        start.held["StartJobRun"], look.held["DescribeJobRun"] = threading.Event(), threading.Event()
        airflow.connect("start", server, start.url)
        airflow.connect("look", server, look.url)
        started = {name: airflow.start("deferred_with_retry", connection=name) for name in ("start", "look")}
        for case in started.values():
            case.wait_for_jobs("RUNNING")
            _kill_process(case)
        start.held.pop("StartJobRun").set()
        look.held.pop("DescribeJobRun").set()
        yield started


@pytest.mark.parametrize("name", ["start", "look"])
def test_worker_that_is_lost_before_it_defers_leaves_one_job_run_to_the_retry(held: dict[str, Case], name: str) -> None:
    case = held[name]
    case.wait_for_jobs("CANCELLED", "RUNNING")
    assert case.never_two_at_once()
    case.wait_for_task("deferred", try_number=2)
    case.finish()
    assert case.states() == ["CANCELLED", "COMPLETED"]


def test_scheduler_that_is_lost_with_its_workers_and_started_again_leaves_one_job_run_to_each_task(
    airflow: FaultyAirflow,
) -> None:
    on_worker, deferred = airflow.start("on_worker"), airflow.start("deferred")
    for case in (on_worker, deferred):
        case.wait_for_jobs("RUNNING")
    on_worker.wait_for_task("running")
    deferred.wait_for_task("deferred")
    airflow.components["scheduler"].kill()
    assert [case.running_jobs() for case in (on_worker, deferred)] == [1, 1]
    airflow.components["scheduler"].start()
    # Airflow gives the task that has lost its worker another try, whatever its retries.
    on_worker.wait_for_jobs("CANCELLED", "RUNNING")
    assert on_worker.never_two_at_once()
    on_worker.finish()
    deferred.finish()
    assert on_worker.states() == ["CANCELLED", "COMPLETED"]
    assert deferred.states() == ["COMPLETED"]
