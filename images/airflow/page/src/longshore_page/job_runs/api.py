"""The EMR Containers API as the page asks it: through Airflow's connection `aws_default`, like the operators."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from longshore.connection.settings import SERVICE
from longshore.exceptions import ApiAccessError, ApiNotFoundError, LongshoreError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.log_address import log_link
from longshore.hooks.shared import SharedHook
from longshore.links.spark_history import history_address

from longshore_page.exceptions import NotAllowedError, NotFoundError, PageError, UnavailableError

CONNECTION = "aws_default"
_RENEWED = 60.0
"""Seconds after which a changed connection counts."""
_MOST_CLUSTERS = 1000

Run = Mapping[str, Any]
"""A job run, as ListJobRuns and DescribeJobRun have it."""


class JobRunsApi(Protocol):
    """The requests of the page. Blocking; all raise PageError."""

    def own_cluster(self) -> str:
        """Returns the ID of the connection's virtual cluster."""

    def clusters(self) -> list[tuple[str, str]]:
        """Returns IDs and names of the RUNNING virtual clusters; empty if the key may not list them."""

    def page(
        self, cluster: str, *, states: Sequence[str], most: int, token: str | None
    ) -> tuple[list[Run], str | None]:
        """Returns a page of a virtual cluster's job runs, and the token of the next one; None after the last."""

    def describe(self, cluster: str, job_run: str) -> Run:
        """Returns one job run."""

    def cancel(self, cluster: str, job_run: str) -> None:
        """Requests a cancellation; that of a run that has ended already is no error."""

    def queue(self, cluster: str) -> dict[str, int] | None:
        """Returns the numbers of unfinished job runs by state; None where the API cannot tell."""

    def log_link(self, cluster: str, job_run: str) -> str:
        """Returns the address of the run's log, with a signature of this moment."""

    def history_link(self, job_run: str) -> str:
        """Returns the address of a run's application in the History Server; empty without one."""


class ConnectedApi:
    """The requests, by the provider's hook."""

    def __init__(self, hook: Callable[[str], EmrContainersHook] | None = None) -> None:
        """Args:
        hook: returns the hook of a virtual cluster; an empty ID means the connection's.
        """
        shared = SharedHook(CONNECTION)
        self._hook = hook or (lambda cluster: shared.get(cluster, newer_than=time.monotonic() - _RENEWED))

    def own_cluster(self) -> str:
        with _told():
            return self._hook("").virtual_cluster_id

    def clusters(self) -> list[tuple[str, str]]:
        hook = self._hooked("")
        try:
            with _told(), hook.translating("list the virtual clusters"):
                pages = hook.client.get_paginator("list_virtual_clusters").paginate(
                    states=["RUNNING"], PaginationConfig={"MaxItems": _MOST_CLUSTERS}
                )
                found = [each for page in pages for each in page["virtualClusters"]]
                return [(each["id"], each.get("name", each["id"])) for each in found]
        except NotAllowedError:
            return []  # the key of an environment has one virtual cluster

    def page(
        self, cluster: str, *, states: Sequence[str], most: int, token: str | None
    ) -> tuple[list[Run], str | None]:
        hook = self._hooked(cluster)
        query: dict[str, Any] = {"states": list(states)} if states else {}
        query |= {"nextToken": token} if token else {}
        with _told(), hook.translating(f"list the job runs of virtual cluster {cluster!r}"):
            answer = hook.client.list_job_runs(virtualClusterId=cluster, maxResults=most, **query)
        return list(answer.get("jobRuns", [])), answer.get("nextToken")

    def describe(self, cluster: str, job_run: str) -> Run:
        with _told():
            return self._hooked(cluster).described_job_run(job_run)

    def cancel(self, cluster: str, job_run: str) -> None:
        with _told():
            self._hooked(cluster).cancel_job_run(job_run)

    def queue(self, cluster: str) -> dict[str, int] | None:
        hook = self._hooked(cluster)
        with _told(), hook.translating(f"count the job runs of virtual cluster {cluster!r}"):
            endpoint = hook.settings.endpoint_url
            if not endpoint:
                return None  # AWS has no such page
            region = hook.region_name or hook.client.meta.region_name
            request = AWSRequest("GET", f"{endpoint.rstrip('/')}/virtualclusters/{cluster}/queue")
            SigV4Auth(hook.get_credentials(region_name=region), SERVICE, region).add_auth(request)
            verify: Any = True if hook.verify is None else hook.verify  # also a path, which the stubs do not know
            answer = URLLib3Session(verify=verify, timeout=10).send(request.prepare())
        return dict(json.loads(answer.content)) if answer.status_code == 200 else None

    def log_link(self, cluster: str, job_run: str) -> str:
        with _told():
            return log_link(self._hooked(cluster), job_run)

    def history_link(self, job_run: str) -> str:
        with _told():
            return history_address(self._hook("").settings.history_server_url, job_run)

    def _hooked(self, cluster: str) -> EmrContainersHook:
        with _told():
            return self._hook(cluster)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except LongshoreError as error:
        raise _page_error(error) from error
    except BotoCoreError as error:
        raise UnavailableError(f"The connection {CONNECTION!r} cannot be used: {error}") from error


def _page_error(error: LongshoreError) -> PageError:
    if isinstance(error, ApiAccessError):
        return NotAllowedError(f"{error}")
    if isinstance(error, ApiNotFoundError):
        return NotFoundError(f"{error}")
    return UnavailableError(f"{error}")
