"""Faults that leave scheduler and triggerer alone, all at the same time: most of what they take is waiting."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from support.serving import JobServer

from .case import Case
from .faulty_airflow import FaultyAirflow
from .proxy import Proxy, proxy_to

OUTAGE_SECONDS = 60.0
LIMITED = ("deferred_with_limit", "on_worker_with_limit")


@dataclass(frozen=True)
class UnderWay:
    """The tasks that the faults find, by names of the tests."""

    limited: dict[str, Case]
    """With an `execution_timeout`, which their jobs outlast."""
    lost: dict[str, Case]
    """Their processes, or workers, were killed while they waited for their job runs."""
    held: dict[str, Case]
    """They would defer; their processes were killed while they waited for an answer of the API: to the start, and to
    the first look."""
    throttled: dict[str, tuple[Case, Proxy]]
    """They meet "Rate exceeded", each behind a proxy of its own."""
    outage: dict[str, Case]
    """They need a job server that is unavailable for a minute."""
    end_of_outage: threading.Thread
    """Starts that server again; to be joined."""


def kill_process(case: Case) -> None:
    """SIGKILL to the task's process, as by the out-of-memory killer; Airflow's supervisor of it sees that at once."""
    psutil.Process(case.task()["pid"]).kill()


def kill_worker(case: Case) -> None:
    """SIGKILL to the task's process and to its supervisor, as when a node is lost: Airflow misses its heartbeat."""
    process = psutil.Process(case.task()["pid"])
    worker = process.parent()
    assert worker is not None
    worker.kill()
    process.kill()


KILLS = {"process": kill_process, "worker": kill_worker}
WITHOUT_RETRIES = {"process": "on_worker", "worker": "on_worker", "process, others go on": "on_worker_among_others"}
LOST = {f"{what}, retries": "on_worker_with_retry" for what in KILLS} | WITHOUT_RETRIES
THROTTLED = {"start": "deferred", "deferred": "deferred", "on_worker": "on_worker"}
HELD = {"start": "StartJobRun", "look": "DescribeJobRun"}
ALONE = "start, without retries"
"""Its process is killed while the answer to the start is on its way: it never knew the job run's ID."""


@contextmanager
def faults_under_way(airflow: FaultyAirflow, folder: Path) -> Iterator[UnderWay]:
    """Brings all tasks up, and does to them what the tests look at.

    Args:
        folder: for the job server that is unavailable for a minute.
    """
    server, another = airflow.servers["aws_default"], JobServer.prepare(folder)
    with ExitStack() as stack:
        stack.callback(another.stop)
        another.start()
        airflow.connect("another", another)
        proxies = {
            name: stack.enter_context(proxy_to(server.endpoint))
            for name in (*(f"throttled {name}" for name in THROTTLED), *(f"held {name}" for name in (*HELD, ALONE)))
        }
        for name, proxy in proxies.items():
            airflow.connect(name, server, proxy.url)
        proxies["throttled start"].throttled["StartJobRun"] = 6
        held_back = HELD | {ALONE: "StartJobRun"}
        for name, operation in held_back.items():
            proxies[f"held {name}"].held[operation] = threading.Event()

        limited = {way: airflow.start(way) for way in LIMITED}
        outage = {way: airflow.start(way, connection="another") for way in ("deferred", "on_worker")}
        for case in limited.values():  # before others take the processors: their time has begun
            case.wait("its job run is there", Case.job_runs)
        throttled = {name: airflow.start(way, connection=f"throttled {name}") for name, way in THROTTLED.items()}
        lost = {name: airflow.start(way) for name, way in LOST.items()}
        held = {
            name: airflow.start("deferred_with_retry" if name in HELD else "deferred", connection=f"held {name}")
            for name in held_back
        }

        end = _begin_outage(outage, another)
        stack.callback(end.join)
        outage["started meanwhile"] = airflow.start("deferred", connection="another")
        for name, case in lost.items():
            case.wait_for_jobs("RUNNING")
            case.wait_for_task("running")
            KILLS[name.split(",")[0]](case)
        for name, case in held.items():
            case.wait_for_jobs("RUNNING")
            kill_process(case)
            proxies[f"held {name}"].held.pop(held_back[name]).set()
        for name in ("deferred", "on_worker"):
            throttled[name].wait_for_jobs("RUNNING")
        looks = proxies["throttled deferred"]
        throttled["deferred"].wait("its trigger has looked once", lambda _: len(looks.times("DescribeJobRun")) > 1)
        looks.throttled["DescribeJobRun"] = 3
        proxies["throttled on_worker"].throttled["DescribeJobRun"] = 6
        yield UnderWay(
            limited=limited,
            lost=lost,
            held=held,
            throttled={name: (case, proxies[f"throttled {name}"]) for name, case in throttled.items()},
            outage=outage,
            end_of_outage=end,
        )


def _begin_outage(cases: dict[str, Case], server: JobServer) -> threading.Timer:
    for case in cases.values():
        case.wait_for_jobs("RUNNING")
    cases["deferred"].wait_for_task("deferred")
    server.component.stop(signal.SIGKILL)
    end = threading.Timer(OUTAGE_SECONDS, server.start)
    end.start()
    return end
