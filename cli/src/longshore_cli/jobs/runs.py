"""Lookups of virtual clusters and job runs."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from longshore_cli.clients.job_api import JobApi, api_errors
from longshore_cli.exceptions import ApiError, CliError
from longshore_cli.jobs.states import State

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef, VirtualClusterTypeDef

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_age(text: str) -> timedelta:
    """Parses `90s`, `30m`, `2h` or `1d`. Pure.

    Raises:
        CliError: the text is not an age.
    """
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if match is None:
        raise CliError(f"{text!r} is not an age. Write it as 90s, 30m, 2h or 1d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def run_duration(run: "JobRunTypeDef", *, now: datetime) -> timedelta:
    """Returns the time from the run's creation to its end, or until now. Pure."""
    return max(run.get("finishedAt", now) - run["createdAt"], timedelta())


def format_duration(seconds: float) -> str:
    """Formats a duration as `42s`, `3m 05s` or `2h 10m`. Pure."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s" if minutes else f"{rest}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def resolve_virtual_cluster(api: JobApi, wanted: str | None) -> str:
    """Returns the ID of a virtual cluster by ID or name: of several, the newest that is RUNNING, or else the newest.

    Without `wanted` it is that of the checkout's cluster, or else the newest that is RUNNING.

    Raises:
        ApiError: it does not exist.
    """
    if wanted is None and api.virtual_cluster_id is not None:
        return api.virtual_cluster_id
    clusters = _clusters(api)
    running = [each for each in clusters if each.get("state") == "RUNNING"]
    if wanted is None:
        if not running:
            raise ApiError(f"No virtual cluster is RUNNING at {api.endpoint_url}. Name one with --virtual-cluster.")
        return running[0]["id"]
    for each in (*running, *clusters):
        if wanted in (each["id"], each.get("name")):
            return each["id"]
    known = ", ".join(f"{each.get('name')} ({each['id']})" for each in running) or "none"
    raise ApiError(f"There is no virtual cluster {wanted!r} at {api.endpoint_url}. These are RUNNING: {known}.")


def describe_cluster(api: JobApi, wanted: str | None) -> "VirtualClusterTypeDef":
    """Returns the virtual cluster that `resolve_virtual_cluster` finds.

    Raises:
        ApiError: it does not exist, or the API refuses.
    """
    found = resolve_virtual_cluster(api, wanted)
    with api_errors(f"The virtual cluster {found!r} cannot be described"):
        return api.emr.describe_virtual_cluster(id=found)["virtualCluster"]


def running_clusters(api: JobApi) -> "list[VirtualClusterTypeDef]":
    """Returns the virtual clusters that are RUNNING, newest first.

    Raises:
        ApiError: they cannot be listed.
    """
    return [each for each in _clusters(api) if each.get("state") == "RUNNING"]


def newest_runs(
    api: JobApi, *, clusters: Sequence[str], states: Sequence[State], since: timedelta | None, limit: int
) -> "list[JobRunTypeDef]":
    """Returns the newest `limit` job runs of the virtual clusters, newest first.

    Args:
        clusters: IDs.
        states: only these states; any if empty.
        since: only runs that were created within this time.

    Raises:
        ApiError: they cannot be listed.
    """
    query: dict[str, Any] = {"states": list(states)} if states else {}
    query |= {} if since is None else {"createdAfter": datetime.now(UTC) - since}
    with api_errors("The job runs cannot be listed"):
        lister = api.emr.get_paginator("list_job_runs")
        # All pages are read, because AWS does not document their order.
        pages = (page for cluster in clusters for page in lister.paginate(virtualClusterId=cluster, **query))
        runs = (run for page in pages for run in page["jobRuns"])
        return nlargest(limit, runs, key=lambda run: run["createdAt"])


def find_job_run(api: JobApi, job_run: str, *, wanted_cluster: str | None) -> "JobRunTypeDef":
    """Returns the job run with this ID, from the named virtual cluster or any that is RUNNING.

    Raises:
        ApiError: it does not exist.
    """
    first = resolve_virtual_cluster(api, wanted_cluster)
    found = _described(api, job_run, cluster=first)
    if found is None and wanted_cluster is None:
        others = (each["id"] for each in running_clusters(api) if each["id"] != first)
        found = next((run for other in others if (run := _described(api, job_run, cluster=other))), None)
    if found is None:
        where = f"virtual cluster {first!r}" if wanted_cluster else "any RUNNING virtual cluster"
        raise ApiError(f"There is no job run {job_run!r} in {where} at {api.endpoint_url}. See `longshore jobs list`.")
    return found


def refresh_run(api: JobApi, run: "JobRunTypeDef") -> "JobRunTypeDef":
    """Reads the job run's current state.

    Raises:
        ApiError: it cannot be described. ApiUnavailableError: the server does not answer.
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
    """Returns all virtual clusters, newest first."""
    with api_errors("The virtual clusters cannot be listed"):
        pages = api.emr.get_paginator("list_virtual_clusters").paginate()
        clusters = [cluster for page in pages for cluster in page["virtualClusters"]]
    return sorted(clusters, key=lambda cluster: cluster["createdAt"], reverse=True)
