"""The HTTP face: checks a request, hands it to its operation, and answers in AWS's shape."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import structlog
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.contextvars import bind_contextvars, clear_contextvars

from emr_containers import metrics
from emr_containers.answers import new_request_id, refusal
from emr_containers.api.model import find_operation, input_member
from emr_containers.api.signature import SignedRequest, check_head, verify
from emr_containers.api.validation import validate
from emr_containers.api.wire import parse_request, serialize
from emr_containers.authorization import authorize
from emr_containers.database import Database
from emr_containers.dispatcher import Dispatcher
from emr_containers.exceptions import (
    ApiError,
    InternalServerException,
    RequestEntityTooLargeException,
    ResourceNotFoundException,
    UnknownOperationException,
    ValidationException,
)
from emr_containers.identifiers import caller_arn
from emr_containers.operations import HANDLERS, job_runs
from emr_containers.operations.context import Context
from emr_containers.rights import Policy
from emr_containers.runtimes.job import Job, Runtime
from emr_containers.runtimes.logs import STREAMS, Log
from emr_containers.settings import Settings

log = structlog.get_logger()

Endpoint = Callable[["Service", Request, bytes, str], Awaitable[Response]]
"""Given the request, its body and the access key that signed it."""
_CHUNK = 64 * 1024


class Service:
    """The server's parts, held together for as long as it runs."""

    def __init__(
        self,
        *,
        settings: Settings,
        keys: dict[str, str],
        policies: Mapping[str, Policy] | None = None,
        database: Database,
        runtime: Runtime,
    ) -> None:
        """Args:
        keys: secret access keys by access key.
        policies: what each access key may do; None: every key may do everything.
        """
        self.runtime = runtime
        self._settings = settings
        self._keys = keys
        self._policies = policies
        self._database = database
        self._dispatcher = Dispatcher(database=database, runtime=runtime, max_running=settings.max_running)
        self.dispatching: asyncio.Task[None] | None = None
        self.context = Context(
            settings=settings, database=database, caller="", wake=self._dispatcher.wake, check=runtime.check
        )

    def application(self) -> Starlette:
        """The ASGI application."""
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        logs = "/virtualclusters/{cluster}/jobruns/{job_run}/logs"
        return Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/metrics", self._metrics),
                Route(logs, self._answering(job_log), methods=["GET"]),
                Route("/{path:path}", self._answering(operate), methods=methods),
            ],
            # A method that no route has, or a line break in the path.
            exception_handlers={404: _no_route, 405: _no_route},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _application: Starlette) -> AsyncIterator[None]:
        self.dispatching = asyncio.create_task(self._dispatcher.run())
        yield
        self.dispatching.cancel()
        await asyncio.gather(self.dispatching, return_exceptions=True)
        await self.runtime.close()
        self._database.close()

    async def _healthz(self, _request: Request) -> Response:
        def ask() -> None:
            with self._database.read() as session:
                session.execute(select(1))

        await run_in_threadpool(ask)
        if not self._dispatches():
            return PlainTextResponse("job runs are not dispatched any more\n", status_code=503)
        return PlainTextResponse("ok\n")

    async def _metrics(self, _request: Request) -> Response:
        page = await run_in_threadpool(metrics.exposition, self._database, dispatching=self._dispatches)
        return Response(page, media_type=metrics.CONTENT_TYPE)

    def _dispatches(self) -> bool:
        return self.dispatching is not None and not self.dispatching.done()

    def allow(self, operation: str, *, path: str, values: dict[str, Any], access_key: str) -> Context:
        """The context in which `access_key` may have the operation done; raises what `authorize` does."""
        caller = caller_arn(account=self._settings.account_id, access_key=access_key)
        context = replace(self.context, caller=caller)
        authorize(
            context, policies=self._policies, access_key=access_key, operation=operation, path=path, values=values
        )
        return context

    def _answering(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            begun, request_id = time.perf_counter(), new_request_id()
            path = request.scope["path"]  # `request.url` is of the Host header's making
            clear_contextvars()
            bind_contextvars(request=request_id)  # on every line that this request's thread writes
            request.state.operation = "Unknown"
            try:
                _check_head(request, self._settings.head_limit)
                check_head(_signed(request, b""), self._keys, datetime.now(UTC))
                body = await _body(request, self._settings.body_limit)
                access_key = verify(_signed(request, body), self._keys, datetime.now(UTC))
                response = await endpoint(self, request, body, access_key)
                response.headers["x-amzn-RequestId"] = request_id
            except ApiError as error:
                response = refusal(error, request_id)
                log.info("refused", code=error.code, method=request.method, path=path)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except Exception:
                # Whatever it was, the client gets AWS's shape and the log the cause.
                log.exception("failed", method=request.method, path=path)
                fault = InternalServerException(f"The request {request_id} failed; the server's log says why.")
                response = refusal(fault, request_id)
            metrics.REQUESTS.labels(request.state.operation, str(response.status_code)).inc()
            metrics.LATENCY.labels(request.state.operation).observe(time.perf_counter() - begun)
            return response

        return answer


async def operate(service: Service, request: Request, body: bytes, access_key: str) -> Response:
    """Any operation of the model."""
    path = request.scope["path"]
    found = find_operation(request.method, path)
    if found is None:
        raise _unknown(request)
    operation, parameters = found
    request.state.operation = operation.name
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    values = parse_request(operation, path=parameters, query=query, body=body)
    validate(operation.input_shape, values)
    _bind(cluster=parameters.get("virtualClusterId"), job_run=parameters.get("jobRunId"))

    def perform() -> dict[str, Any]:
        context = service.allow(operation.name, path=path, values=values, access_key=access_key)
        handler = HANDLERS.get(operation.name)
        if handler is None:
            raise ValidationException(f"{operation.name} is not offered by this server.")
        answer = handler(context, values)
        if request.method != "GET":
            name = "job_run" if operation.name in ("StartJobRun", "CancelJobRun") else "id"
            subject = {name: answer["id"]} if "id" in answer else {}
            log.info("accepted", operation=operation.name, caller=context.caller, **subject)
        return answer

    return JSONResponse(serialize(operation.output_shape, await run_in_threadpool(perform)))


async def job_log(service: Service, request: Request, _body: bytes, access_key: str) -> Response:
    """A driver's stdout and stderr as one page of text, usually by a presigned URL: ours, AWS has only the bucket."""
    cluster, job_run = (request.path_params[name] for name in ("cluster", "job_run"))
    validate(input_member("DescribeJobRun", "virtualClusterId"), cluster, place="virtualClusterId")
    validate(input_member("DescribeJobRun", "id"), job_run, place="id")

    request.state.operation = "JobLog"
    _bind(cluster=cluster, job_run=job_run)

    def find() -> list[tuple[str, Log]]:
        # Whoever may see the run may see its log; AWS's clients reach that through the bucket's own rights.
        path = f"/virtualclusters/{cluster}/jobruns/{job_run}"
        service.allow("DescribeJobRun", path=path, values={}, access_key=access_key)
        with service.context.database.read() as session:
            job = Job.of(job_runs.find(session, cluster=cluster, job_run=job_run))
        try:
            return [(stream, service.runtime.open_log(job, stream)) for stream in STREAMS]
        except FileNotFoundError as error:
            raise ResourceNotFoundException(f"Job run {job_run!r} has written no log.") from error
        except OSError as error:
            raise ResourceNotFoundException(
                f"The log of job run {job_run!r} cannot be read: {error.strerror}."
            ) from error

    logs = await run_in_threadpool(find)
    return StreamingResponse(
        _page(logs), media_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )


def _page(logs: list[tuple[str, Log]]) -> Iterator[bytes]:
    for stream, opened in logs:
        yield f"=== {stream} ===\n".encode()
        yield from _content(opened)


def _content(opened: Log) -> Iterator[bytes]:
    # As much as there is now: a job that goes on writing does not hold the answer open.
    with closing(opened.file) as file:
        left = opened.size
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk


def _unknown(request: Request) -> UnknownOperationException:
    return UnknownOperationException(f"No operation answers {request.method} {request.scope['path']!r}.")


def _bind(*, cluster: str | None, job_run: str | None) -> None:
    given = {"virtual_cluster": cluster, "job_run": job_run}
    bind_contextvars(**{name: value for name, value in given.items() if value is not None})


async def _no_route(request: Request, _refusal: Exception) -> Response:
    error = _unknown(request)
    metrics.count_refused(error.status)
    return refusal(error, new_request_id())


def _check_head(request: Request, limit: int) -> None:
    head = len(request.scope["raw_path"]) + len(request.scope["query_string"])
    head += sum(len(name) + len(value) for name, value in request.headers.raw)
    if head > limit:
        raise RequestEntityTooLargeException(f"The request's line and headers are over {limit} bytes.")


async def _body(request: Request, limit: int) -> bytes:
    received = 0
    chunks: list[bytes] = []
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise RequestEntityTooLargeException(f"The request's body is over {limit} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _signed(request: Request, body: bytes) -> SignedRequest:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return SignedRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )
