"""The HTTP face: checks a request, hands it to its operation, and answers in AWS's shape."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import structlog
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from emr_containers.api.model import find_operation, input_member
from emr_containers.api.signature import SignedRequest, verify
from emr_containers.api.validation import validate
from emr_containers.api.wire import parse_request, serialize
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
from emr_containers.runtimes.job import Job, Runtime
from emr_containers.runtimes.logs import STREAMS, Log
from emr_containers.settings import Settings

log = structlog.get_logger()

Endpoint = Callable[["Service", Request, bytes, str], Awaitable[Response]]
"""Given the request, its body and the access key that signed it."""
_CHUNK = 64 * 1024


class Service:
    """The server's parts, held together for as long as it runs."""

    def __init__(self, *, settings: Settings, keys: dict[str, str], database: Database, runtime: Runtime) -> None:
        self.runtime = runtime
        self._settings = settings
        self._keys = keys
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
        if self.dispatching is None or self.dispatching.done():
            return PlainTextResponse("job runs are not dispatched any more\n", status_code=503)
        return PlainTextResponse("ok\n")

    def _answering(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            request_id = str(uuid.uuid4())
            path = request.scope["path"]  # `request.url` is of the Host header's making
            try:
                body = await _body(request, self._settings.body_limit)
                access_key = verify(_signed(request, body), self._keys, datetime.now(UTC))
                response = await endpoint(self, request, body, access_key)
            except ApiError as error:
                response = _error(error)
                log.info(
                    "refused",
                    code=error.code,
                    method=request.method,
                    path=path,
                    request=request_id,
                )
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except Exception:
                # Whatever it was, the client gets AWS's shape and the log the cause.
                log.exception("failed", method=request.method, path=path, request=request_id)
                response = _error(
                    InternalServerException(f"The request {request_id} failed; the server's log says why.")
                )
            response.headers["x-amzn-RequestId"] = request_id
            return response

        return answer


async def operate(service: Service, request: Request, body: bytes, access_key: str) -> Response:
    """Any operation of the model."""
    found = find_operation(request.method, request.scope["path"])
    if found is None:
        raise _unknown(request)
    operation, path = found
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    values = parse_request(operation, path=path, query=query, body=body)
    validate(operation.input_shape, values)
    handler = HANDLERS.get(operation.name)
    if handler is None:
        raise ValidationException(f"{operation.name} is not offered by this server.")
    caller = caller_arn(account=service.context.settings.account_id, access_key=access_key)
    answer = await run_in_threadpool(handler, replace(service.context, caller=caller), values)
    return JSONResponse(serialize(operation.output_shape, answer))


async def job_log(service: Service, request: Request, _body: bytes, _access_key: str) -> Response:
    """A driver's stdout and stderr as one page of text, usually by a presigned URL: ours, AWS has only the bucket."""
    cluster, job_run = (request.path_params[name] for name in ("cluster", "job_run"))
    validate(input_member("DescribeJobRun", "virtualClusterId"), cluster, place="virtualClusterId")
    validate(input_member("DescribeJobRun", "id"), job_run, place="id")

    def find() -> list[tuple[str, Log]]:
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


async def _no_route(request: Request, _refusal: Exception) -> Response:
    response = _error(_unknown(request))
    response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return response


def _error(error: ApiError) -> Response:
    return JSONResponse({"message": str(error)}, status_code=error.status, headers={"x-amzn-ErrorType": error.code})


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
    return SignedRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
