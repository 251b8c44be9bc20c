"""Runs of tasks as the job server describes them."""

from typing import Any

GIB, HOUR = 1 << 30, 3_600_000
SIZES = {
    "driver_heap": 768,
    "driver_overhead": 256,
    "executor_heap": 3584,
    "executor_overhead": 512,
    "executor_cores": 2,
    "executor_instances": 2,
}


def peaks(heap: float, beside: float = 0.0) -> dict[str, int]:
    """The peaks of a process, in GiB."""
    names = ("heap", "non_heap", "direct", "mapped", "python_rss", "other_rss")
    return dict.fromkeys(names, 0) | {"heap": int(heap * GIB), "non_heap": int(beside * GIB)}


def described(
    *,
    hours: float = 1.0,
    executors: int = 2,
    driver: float = 0.25,
    executor: float = 1.0,
    full: str | None = None,
    owner: str | None = "team",
    job_run: str = "1",
    replayed: dict[str, int] | None = None,
) -> dict[str, Any]:
    """A run with a driver of 1 GiB and executors of 4 GiB and 2 cores.

    Args:
        hours: its length; all executors are up for all of it.
        executors: 0: its driver runs the tasks.
        driver, executor: the used heap in GiB; each executor also uses 0.5 GiB beside it.
    """
    ms = int(hours * HOUR)
    profile = {
        "began_ms": 0,
        "ended_ms": ms,
        "driver": peaks(driver),
        "executor": peaks(executor, 0.5) if executors else peaks(0),
        "executors": {"started": executors, "up_ms": executors * ms, "core_ms": executors * 2 * ms},
        "work": {"cpu_ms": executors * ms},
    }
    return {
        "jobRunId": job_run,
        "createdAt": 0.0,
        "owner": owner,
        "planned": {"sizes": SIZES},
        "outcome": {"completed": full is None, "full": full, "profile": profile},
        "replayed": SIZES | (replayed or {}),
    }


def task(name: str, *runs: dict[str, Any]) -> dict[str, Any]:
    """A task with these runs."""
    return {"signature": name, "runs": list(runs)}
