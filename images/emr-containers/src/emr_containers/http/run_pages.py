"""Pages of JSON about job runs that AWS does not have, for the command line and for the page "Job runs" of Airflow."""

import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from structlog.contextvars import bind_contextvars

from emr_containers.api.model import input_member
from emr_containers.api.validation import validate
from emr_containers.exceptions import InternalServerException, ResourceNotFoundException
from emr_containers.http.requests import named_job_run
from emr_containers.http.service import Service
from emr_containers.operations.run_records import count_unfinished, describe_record
from emr_containers.runtimes.logs.collected import CollectedLine, LogStoreError, collected_lines

_CLOCKS = 60.0
"""Seconds by which a node's clock may be behind the server's."""
_LATEST = 3600.0
"""Seconds after a run's end in which its pods may still write."""


async def run_record(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with a job run's record: see `describe_record`."""
    cluster, job_run = named_job_run(request, "JobRunRecord")
    return await _as_json(lambda: _record(service, access_key, cluster=cluster, job_run=job_run))


async def run_lines(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with what all pods of a job run have written, also those that are gone: a line of JSON for each line.

    The lines come from the store that `--logs-url` names, in the order of their times. See `CollectedLine`.
    """
    cluster, job_run = named_job_run(request, "JobRunLines")

    def find() -> Iterator[CollectedLine]:
        # A caller who may see the run may see its lines.
        record = _record(service, access_key, cluster=cluster, job_run=job_run)
        kubernetes = service.settings.kubernetes
        if kubernetes is None or kubernetes.logs_url is None:
            raise ResourceNotFoundException(
                "This server knows no store of the pods' lines (--logs-url); the driver's log is at …/logs."
            )
        lines = collected_lines(
            kubernetes.logs_url,
            namespace=record["namespace"],
            job_run=job_run,
            since=record["createdAt"] - _CLOCKS,
            until=record["finishedAt"] and record["finishedAt"] + _LATEST,
        )
        try:
            # A store that is away is said before the answer begins.
            return chain(list(islice(lines, 1)), lines)
        except LogStoreError as error:
            raise InternalServerException(f"The lines of job run {job_run!r} cannot be read: {error}") from error

    found = await run_in_threadpool(find)
    return StreamingResponse((line.as_json() for line in found), media_type="application/x-ndjson")


async def queue(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with the numbers of a virtual cluster's unfinished job runs: see `count_unfinished`."""
    cluster = request.path_params["cluster"]
    validate(input_member("ListJobRuns", "virtualClusterId"), cluster, place="virtualClusterId")
    request.state.operation = "Queue"
    bind_contextvars(virtual_cluster=cluster)

    def find() -> dict[str, Any]:
        # A caller who may list a virtual cluster's runs may count them.
        path = f"/virtualclusters/{cluster}/jobruns"
        context = service.allow("ListJobRuns", path=path, values={}, access_key=access_key)
        return dict(count_unfinished(context, cluster=cluster))

    return await _as_json(find)


def _record(service: Service, access_key: str, *, cluster: str, job_run: str) -> dict[str, Any]:
    path = f"/virtualclusters/{cluster}/jobruns/{job_run}"
    context = service.allow("DescribeJobRun", path=path, values={}, access_key=access_key)
    return describe_record(context, cluster=cluster, job_run=job_run)


async def _as_json(find: Callable[[], dict[str, Any]]) -> Response:
    content = json.dumps(await run_in_threadpool(find), ensure_ascii=False).encode()
    return Response(content, media_type="application/json")
