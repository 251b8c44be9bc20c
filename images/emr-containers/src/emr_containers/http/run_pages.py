"""Pages of JSON about job runs that AWS does not have, for the command line and for the page "Job runs" of Airflow."""

import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from structlog.contextvars import bind_contextvars

from emr_containers.api.model import input_member
from emr_containers.api.validation import validate
from emr_containers.http.service import Service
from emr_containers.operations.run_records import count_unfinished, describe_record


async def run_record(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with a job run's record: see `describe_record`."""
    cluster, job_run = (request.path_params[name] for name in ("cluster", "job_run"))
    validate(input_member("DescribeJobRun", "virtualClusterId"), cluster, place="virtualClusterId")
    validate(input_member("DescribeJobRun", "id"), job_run, place="id")
    request.state.operation = "JobRunRecord"
    bind_contextvars(virtual_cluster=cluster, job_run=job_run)

    def find() -> dict[str, Any]:
        path = f"/virtualclusters/{cluster}/jobruns/{job_run}"
        context = service.allow("DescribeJobRun", path=path, values={}, access_key=access_key)
        return describe_record(context, cluster=cluster, job_run=job_run)

    return await _as_json(find)


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


async def _as_json(find: Callable[[], dict[str, Any]]) -> Response:
    content = json.dumps(await run_in_threadpool(find), ensure_ascii=False).encode()
    return Response(content, media_type="application/json")
