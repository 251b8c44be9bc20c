"""Which virtual cluster and which job runs a command is about."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from longshore_cli.exceptions import ApiError, CliError
from longshore_cli.job_api import JobApi, api_errors
from longshore_cli.jobs.states import State

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef, VirtualClusterTypeDef

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_age(text: str) -> timedelta:
    """`90s`, `30m`, `2h` or `1d` as a duration. Pure.

    Raises:
        CliError: it is none.
    """
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise CliError(f"{text!r} is no age; write 90s, 30m, 2h or 1d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration(run: "JobRunTypeDef", *, now: datetime) -> timedelta:
    """How long the run took from its creation to its end, or takes by now. Pure."""
    return max(run.get("finishedAt", now) - run["createdAt"], timedelta())


def shown_duration(seconds: float) -> str:
    """`42s`, `3m 05s` or `2h 10m`. Pure."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def virtual_cluster(api: JobApi, wanted: str | None) -> str:
    """The ID of the virtual cluster `wanted` (ID, or name: the newest, a running one first).

    Without `wanted`: the cluster's own, or else the newest that is RUNNING.

    Raises:
        ApiError: there is none.
    """
    if wanted is None and api.virtual_cluster_id is not None:
        return api.virtual_cluster_id
    clusters = _clusters(api)
    running = [each for each in clusters if each.get("state") == "RUNNING"]
    if wanted is None:
        if not running:
            raise ApiError(f"No virtual cluster is RUNNING at {api.endpoint_url}; name one with --virtual-cluster.")
        return running[0]["id"]
    for each in (*running, *clusters):
        if wanted in (each["id"], each.get("name")):
            return each["id"]
    known = ", ".join(f"{each.get('name')} ({each['id']})" for each in running) or "none"
    raise ApiError(f"There is no virtual cluster {wanted!r} at {api.endpoint_url}; RUNNING are: {known}.")


def newest(
    api: JobApi, *, cluster: str, states: Sequence[State], since: timedelta | None, limit: int
) -> "list[JobRunTypeDef]":
    """The newest `limit` job runs of the virtual cluster `cluster`, newest first.

    Args:
        states: only of these; of any, if empty.
        since: only those that were created within it.

    Raises:
        ApiError: they cannot be listed.
    """
    query: dict[str, Any] = {"virtualClusterId": cluster}
    query |= {"states": list(states)} if states else {}
    query |= {} if since is None else {"createdAfter": datetime.now(UTC) - since}
    with api_errors("The job runs cannot be listed"):
        # All pages: in which order they come is not said of AWS.
        pages = api.emr.get_paginator("list_job_runs").paginate(**query)
        runs = (run for page in pages for run in page["jobRuns"])
        return nlargest(limit, runs, key=lambda run: run["createdAt"])


def find(api: JobApi, job_run: str, *, wanted_cluster: str | None) -> "JobRunTypeDef":
    """The job run with this ID: of the virtual cluster that is named, or of any that is RUNNING.

    Raises:
        ApiError: there is none.
    """
    first = virtual_cluster(api, wanted_cluster)
    found = _described(api, job_run, cluster=first)
    if found is None and wanted_cluster is None:
        others = (each["id"] for each in _clusters(api) if each.get("state") == "RUNNING" and each["id"] != first)
        found = next((run for other in others if (run := _described(api, job_run, cluster=other))), None)
    if found is None:
        where = f"virtual cluster {first!r}" if wanted_cluster else "any RUNNING virtual cluster"
        raise ApiError(f"There is no job run {job_run!r} in {where} at {api.endpoint_url}; see `longshore jobs list`.")
    return found


def again(api: JobApi, run: "JobRunTypeDef") -> "JobRunTypeDef":
    """The job run as it is now.

    Raises:
        ApiError: it cannot be described. ApiAway: the server does not answer.
    """
    with api_errors(f"The job run {run['id']!r} cannot be described"):
        return api.emr.describe_job_run(id=run["id"], virtualClusterId=run["virtualClusterId"])["jobRun"]


def _described(api: JobApi, job_run: str, *, cluster: str) -> "JobRunTypeDef | None":
    with api_errors(f"The job run {job_run!r} cannot be described"):
        try:
            return api.emr.describe_job_run(id=job_run, virtualClusterId=cluster)["jobRun"]
        except api.emr.exceptions.ResourceNotFoundException:
            return None


def _clusters(api: JobApi) -> "list[VirtualClusterTypeDef]":
    """All, newest first."""
    with api_errors("The virtual clusters cannot be listed"):
        pages = api.emr.get_paginator("list_virtual_clusters").paginate()
        clusters = [cluster for page in pages for cluster in page["virtualClusters"]]
    return sorted(clusters, key=lambda cluster: cluster["createdAt"], reverse=True)
