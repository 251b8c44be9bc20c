"""The sizes of a task: what its runs were given and used, and what the next one would get."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, LogNotFoundError

_MIB = 1 << 20


def read_task(api: JobApi, task: str, *, cluster: str) -> dict[str, Any]:
    """Returns what the job server knows of a task.

    Args:
        task: its signature, or the end of it: `dag/task`.
        cluster: the ID of a virtual cluster.

    Raises:
        ApiError: the API is AWS's, the server refuses, or it knows no such task, or several.
    """
    if api.is_aws:
        raise ApiError("EMR on EKS has no history of sizes: AWS's own operator keeps its own there.")
    known: list[str] = json.loads(api.read(f"/virtualclusters/{cluster}/sizing"))["signatures"]
    signature = find_task(known, task)
    try:
        found: dict[str, Any] = json.loads(
            api.read(f"/virtualclusters/{cluster}/sizing?signature={quote(signature, safe='')}")
        )
    except LogNotFoundError as error:
        raise ApiError(str(error)) from error
    return found


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
