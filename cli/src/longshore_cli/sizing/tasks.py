"""The sizes of a task: what its runs were given and used, and what the next one would get; and its end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, LogNotFoundError
from longshore_cli.sizing.memory_use import Use, given_mib, use_of, used_bytes, was_too_small

_MIB = 1 << 20


def read_task(api: JobApi, task: str, *, cluster: str) -> dict[str, Any]:
    """Returns what the job server knows of a task.

    Args:
        task: its signature, or the end of it: `dag/task`.
        cluster: the ID of a virtual cluster.

    Raises:
        ApiError: the API is AWS's, the server refuses, or it knows no such task, or several.
    """
    return _asked(api, find_task(read_names(api, cluster=cluster), task), cluster=cluster)


def read_all_tasks(api: JobApi, *, cluster: str) -> Iterator[dict[str, Any]]:
    """Yields what the job server knows of each task of a virtual cluster that has a run whose event log was read.

    Raises:
        ApiError: as `read_task`.
    """
    for name in read_names(api, cluster=cluster):
        try:
            yield _asked(api, name, cluster=cluster)
        except LogNotFoundError:
            continue  # its first run has not ended


def forget_task(api: JobApi, task: str, *, cluster: str) -> dict[str, Any]:
    """Lets the server forget the runs of a task. Returns its `signature` and the number of runs, `forgotten`.

    Raises:
        ApiError: as `read_task`.
    """
    name = find_task(read_names(api, cluster=cluster), task)
    return _asked(api, name, cluster=cluster, method="DELETE")


def read_names(api: JobApi, *, cluster: str) -> list[str]:
    """Returns the names of the tasks of a virtual cluster. Raises ApiError, as `read_task`."""
    if api.is_aws:
        raise ApiError("EMR on EKS has no history of sizes: AWS's own operator keeps its own there.")
    names: list[str] = json.loads(api.read(f"/virtualclusters/{cluster}/sizing"))["signatures"]
    return names


def _asked(api: JobApi, signature: str, *, cluster: str, method: str = "GET") -> dict[str, Any]:
    place = f"/virtualclusters/{cluster}/sizing?signature={quote(signature, safe='')}"
    answer: dict[str, Any] = json.loads(api.read(place, method=method))
    return answer


def find_task(known: Sequence[str], task: str) -> str:
    """Returns the one signature that is `task`, or ends with it after a slash. Pure.

    Raises:
        ApiError: there is none, or there are several.
    """
    found = [task] if task in known else [each for each in known if each.endswith(f"/{task}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise ApiError(f"{task!r} is the end of several tasks' names: give one whole, of {', '.join(found)}.")
    shown = ", ".join(known[:20]) or "none"
    raise ApiError(
        f"No task {task!r} has a run that asked to be sized by earlier ones, in this virtual cluster. Known are: "
        f"{shown}. Name another one with --virtual-cluster."
    )


def run_lines(known: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line for each run of a task, the newest last: what it was given, and what it used. Pure."""
    for run in known["runs"]:
        sizes, outcome = run["planned"]["sizes"], run["outcome"]
        profile = outcome["profile"]
        end = "completed" if outcome["completed"] else "failed"
        if outcome["full"]:
            end += f", {outcome['full'].replace('_', ' ')} was full"
        yield (
            f"{datetime.fromtimestamp(run['createdAt'], UTC):%Y-%m-%d %H:%M:%S} {run['jobRunId']} {end}: "
            f"driver {_given(sizes, profile, 'driver')}, "
            f"{sizes['executor_instances']} executor(s) {_given(sizes, profile, 'executor')}"
        )


def _given(sizes: Mapping[str, int], profile: Mapping[str, Any], role: str) -> str:
    used = profile[role]["heap"] // _MIB
    given = f"{sizes[f'{role}_heap']}+{sizes[f'{role}_overhead']} MiB"
    return f"{given} (used heap {used} MiB)" if used else f"{given} (nothing measured)"


def replay_lines(known: Mapping[str, Any]) -> Iterator[str]:
    """Yields a line for each run of a task with what today's rules would have given it, and one with the sums. Pure."""
    had, replayed, too_small = Use(), Use(), 0
    for run in known["runs"]:
        sizes, profile = run["replayed"], run["outcome"]["profile"]
        had, replayed = had + use_of(run), replayed + use_of(run, sizes)
        small = was_too_small(run, sizes)
        too_small += small
        roles = ("driver", "executor") if profile["executors"]["started"] else ("driver",)
        shown = ", ".join(
            f"{role} {given_mib(run['planned']['sizes'], role)} MiB, planned {given_mib(sizes, role)}, "
            f"used {used_bytes(profile, role) // _MIB if profile[role]['heap'] > 0 else 'unknown'}"
            for role in roles
        )
        yield f"{run['jobRunId']}: {shown}{' (less heap than it used)' if small else ''}"
    yield (
        f"Memory in GiB-hours: given {had.memory:.3f}, planned {replayed.memory:.3f}, used {had.used_memory:.3f}; "
        f"{too_small} run(s) with less heap than they used, {had.unmeasured} without known peaks."
    )
