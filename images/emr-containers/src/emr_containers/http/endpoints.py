"""The endpoints that need a signature: the model's operations, and the page with a job run's log."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from structlog.contextvars import bind_contextvars

from emr_containers.api.model import Operation, find_operation, input_member
from emr_containers.api.validation import validate
from emr_containers.api.wire import parse_members, read_document, serialize
from emr_containers.dispatch.attempts import current_attempt
from emr_containers.exceptions import (
    ResourceNotFoundException,
    SerializationException,
    TurnNeededError,
    ValidationException,
)
from emr_containers.http.bodies import FREE
from emr_containers.http.requests import named_job_run, unknown_operation
from emr_containers.http.service import Service
from emr_containers.operations import HANDLERS, job_runs
from emr_containers.operations.sized_tasks import as_json, describe_task, forget_task
from emr_containers.runtimes.logs.streams import STREAMS, Log

log = structlog.get_logger()

_CHUNK = 64 * 1024
_UNASKED = ("jobDriver", "jobTemplateData", "securityConfigurationData")
"""The members that rights do not ask about, which are the large ones: those of a key without a right stay unread."""


async def operate(service: Service, request: Request, body: bytes, access_key: str) -> Response:
    """Answers any operation of the model."""
    path = request.scope["path"]
    found = find_operation(request.method, path)
    if found is None:
        raise unknown_operation(request)
    operation, parameters = found
    request.state.operation = operation.name
    _check_path(operation, parameters)
    _bind(cluster=parameters.get("virtualClusterId"), job_run=parameters.get("jobRunId"))
    arn = parameters.get("resourceArn")
    service.refuse_hopeless(operation.name, path=path, resource_arn=arn, access_key=access_key)

    def perform(in_turn: bool) -> bytes:
        query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        sent: dict[str, Any] = {"path": parameters, "query": query, "document": read_document(body)}
        asked = _asked(operation, sent) if service.has_policies() else {}
        context = service.allow(operation.name, path=path, values=asked, access_key=access_key)
        values = parse_members(operation, **sent)
        validate(operation.input_shape, values)
        if operation.name == "ListJobTemplates" and (names := [text for given, text in query if given == "name"]):
            values["name"] = names[-1]  # of our own, beside AWS's model
        handler = HANDLERS.get(operation.name)
        if handler is None:
            raise ValidationException(f"{operation.name} is not offered by this server.")
        answer = handler(replace(context, in_turn=in_turn), values)
        if request.method != "GET":
            name = "job_run" if operation.name in ("StartJobRun", "CancelJobRun") else "id"
            subject = {name: answer["id"]} if "id" in answer else {}
            log.info("accepted", operation=operation.name, caller=context.caller, **subject)
            request.state.subject = subject | _tag_keys(operation.name, values)
        return json.dumps(serialize(operation.output_shape, answer), ensure_ascii=False, separators=(",", ":")).encode()

    async def performed(*, large: bool) -> bytes:
        async with service.turn(large=large):
            return await run_in_threadpool(perform, large)

    try:
        content = await performed(large=len(body) > FREE)
    except TurnNeededError:  # it waits here, as a thread that waits would be missing to others
        content = await performed(large=True)
    return Response(content, media_type="application/json")


def _check_path(operation: Operation, parameters: dict[str, str]) -> None:
    """Checks the members that lie in the path, before a policy is asked about the resource that they name."""
    for name, shape in operation.input_shape.members.items():
        if shape.serialization.get("location") == "uri":
            validate(shape, parameters[shape.serialization.get("name", name)], place=name)


def _asked(operation: Operation, sent: dict[str, Any]) -> dict[str, Any]:
    """The members that rights ask about, each checked, whatever the others hold."""
    try:
        values = parse_members(operation, **sent, without=_UNASKED)
    except SerializationException as error:
        raise ValidationException(str(error)) from error
    for name, value in values.items():
        validate(operation.input_shape.members[name], value, place=name)
    return values


def _tag_keys(operation: str, values: dict[str, Any]) -> dict[str, str]:
    keys = values["tags"] if operation == "TagResource" else values.get("tagKeys", ())
    return {"tag_keys": ",".join(keys)} if keys else {}


async def job_log(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with a driver's stdout and stderr as one page of text, usually by a presigned URL.

    AWS has no such page: its users read the log from the bucket.
    """
    cluster, job_run = named_job_run(request, "JobLog")

    def find() -> list[tuple[str, Log]]:
        # A caller who may see the run may see its log; AWS's clients reach that through the bucket's own rights.
        path = f"/virtualclusters/{cluster}/jobruns/{job_run}"
        service.allow("DescribeJobRun", path=path, values={}, access_key=access_key)
        with service.database.read() as session:
            job = current_attempt(job_runs.find(session, cluster=cluster, job_run=job_run))
        try:
            return [(stream, service.runtime.open_log(job, stream)) for stream in STREAMS]
        except FileNotFoundError as error:
            raise ResourceNotFoundException(_no_log(job_run, standby=not service.leads())) from error
        except OSError as error:
            raise ResourceNotFoundException(
                f"The log of job run {job_run!r} cannot be read: {error.strerror}."
            ) from error

    logs = await run_in_threadpool(find)
    return StreamingResponse(
        _page(logs), media_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )


async def sizing(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """Answers with what is known of a task that is sized by its earlier runs, as JSON. AWS has no such page.

    The query's `signature` names the task; without one, the answer has the names of all. DELETE forgets the task.
    """
    cluster = request.path_params["cluster"]
    validate(input_member("ListJobRuns", "virtualClusterId"), cluster, place="virtualClusterId")
    query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    request.state.operation = "Sizing" if request.method == "GET" else "ResetSizing"
    _bind(cluster=cluster, job_run=None)

    def find() -> bytes:
        # A caller who may list a virtual cluster's runs sees the sizes of each.
        path = f"/virtualclusters/{cluster}/jobruns"
        context = service.allow("ListJobRuns", path=path, values={}, access_key=access_key)
        if request.method == "GET":
            return as_json(describe_task(context, cluster=cluster, signature=query.get("signature")))
        # A caller who may start the virtual cluster's runs may choose their sizes.
        context = service.allow("StartJobRun", path=path, values={}, access_key=access_key)
        forgotten = forget_task(context, cluster=cluster, signature=query.get("signature", ""))
        request.state.subject = {"signature": forgotten["signature"]}
        return as_json(forgotten)

    return Response(await run_in_threadpool(find), media_type="application/json")


def _no_log(job_run: str, *, standby: bool) -> str:
    if standby:  # whose files are not those of the server that follows the run
        return (
            f"The log of job run {job_run!r} is not on this server, which is a standby; ask again, or start runs with "
            "a logUri."
        )
    return f"Job run {job_run!r} has written no log."


def _page(logs: list[tuple[str, Log]]) -> Iterator[bytes]:
    for stream, opened in logs:
        yield f"=== {stream} ===\n".encode()
        yield from _content(opened)


def _content(opened: Log) -> Iterator[bytes]:
    # The size is fixed when the log is opened: a job that goes on writing does not hold the answer open.
    with closing(opened.file) as file:
        left = opened.size
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk


def _bind(*, cluster: str | None, job_run: str | None) -> None:
    given = {"virtual_cluster": cluster, "job_run": job_run}
    bind_contextvars(**{name: value for name, value in given.items() if value is not None})
