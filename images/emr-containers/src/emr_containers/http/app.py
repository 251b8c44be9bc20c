"""The ASGI application: checks a request's size and signature, hands it to its endpoint, answers in AWS's shape."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars, clear_contextvars

from emr_containers import metrics
from emr_containers.api.signature import check_head, verify
from emr_containers.exceptions import ApiError, InternalServerException, TooManyRequestsException
from emr_containers.http.answers import error_response, new_request_id
from emr_containers.http.bodies import FREE
from emr_containers.http.endpoints import job_log, operate, sizing
from emr_containers.http.rates import address_group
from emr_containers.http.requests import check_head_size, peer_address, signed_parts, unknown_operation
from emr_containers.http.run_pages import queue, run_lines, run_record
from emr_containers.http.service import Service
from emr_containers.http.sharing import Shared
from emr_containers.store.tables import VirtualCluster

log = structlog.get_logger()

Endpoint = Callable[[Service, Request, bytes, str], Awaitable[Response]]
"""Takes the server's parts, the request, its body and the access key that signed it."""
_REFUSAL_SECONDS = 0.25
"""A refusal that was costly waits so long, so that a connection cannot ask for many."""
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_SIZING = "/virtualclusters/{cluster}/sizing"
_QUEUE = "/virtualclusters/{cluster}/queue"
_LOGS = "/virtualclusters/{cluster}/jobruns/{job_run}/logs"
_RECORD = "/virtualclusters/{cluster}/jobruns/{job_run}/record"
_LINES = "/virtualclusters/{cluster}/jobruns/{job_run}/lines"


def build_application(service: Service) -> Starlette:
    """Returns the ASGI application that answers with `service`."""

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    async def livez(_request: Request) -> Response:
        # A database that is away is no reason to restart the server; a dispatcher that has ended is.
        return PlainTextResponse("ok\n") if service.dispatches() else _not_dispatching()

    def ask() -> None:
        with service.database.read() as session:
            session.execute(select(VirtualCluster.id).limit(1))  # SQLite answers `SELECT 1` without its file

    # Neither page needs a key or has a rate: a refusal would make a probe fail. So many callers share one query.
    answers = Shared(ask)
    page = Shared(partial(metrics.exposition, service.database, dispatching=service.leads))

    async def readyz(_request: Request) -> Response:
        try:
            await answers.get()
        except SQLAlchemyError:
            return PlainTextResponse("the database does not answer\n", status_code=503)
        return PlainTextResponse("ok\n") if service.dispatches() else _not_dispatching()

    async def exposition(_request: Request) -> Response:
        return Response(await page.get(), media_type=metrics.CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/healthz", readyz),  # the name of /readyz in earlier versions
            Route("/metrics", exposition),
            Route(_LOGS, _answering(service, job_log), methods=["GET"]),
            Route(_SIZING, _answering(service, sizing), methods=["GET", "DELETE"]),
            Route(_RECORD, _answering(service, run_record), methods=["GET"]),
            Route(_LINES, _answering(service, run_lines), methods=["GET"]),
            Route(_QUEUE, _answering(service, queue), methods=["GET"]),
            Route("/{path:path}", _answering(service, operate), methods=_METHODS),
        ],
        # Starlette itself answers a method that no route has, and a line break in the path.
        exception_handlers={404: _no_route, 405: _no_route},
        lifespan=lifespan,
    )


def _answering(service: Service, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        begun, request_id = time.perf_counter(), new_request_id()
        path = request.scope["path"]  # not from `request.url`, which follows the Host header
        clear_contextvars()
        bind_contextvars(request=request_id)  # on every line that this request's thread writes
        request.state.operation, request.state.subject = "Unknown", {}
        large = False
        who = {"address": (address := peer_address(request))}
        try:
            group = address_group(address)
            service.address_rates.take(group, subject=f"The address {group}")
            check_head_size(request, service.settings.head_limit)
            check_head(signed_parts(request, b""), service.keys, datetime.now(UTC))
            with service.bodies.body(group) as held:
                try:
                    body = await held.read(request, service.settings.body_limit)
                finally:
                    large = held.counted > 0
                access_key = await _verified(service, request, body)
                who |= {"key": access_key, "caller": service.caller(access_key)}
                service.key_rates.take(access_key, subject=f"The access key {access_key}")
                response = await endpoint(service, request, body, access_key)
            response.headers["x-amzn-RequestId"] = request_id
            service.audit.done(**_audited(request, path), **who, **request.state.subject)
        except ApiError as error:
            response = error_response(error, request_id)
            log.info("refused", code=error.code, method=request.method, path=path)
            service.audit.refused(error, **_audited(request, path), **who)
            if isinstance(error, TooManyRequestsException):
                response.headers["connection"] = "close"  # what is still being sent is not read
            if large or isinstance(error, TooManyRequestsException):
                await asyncio.sleep(_REFUSAL_SECONDS)
        except ClientDisconnect:
            return Response(status_code=400)  # the client does not read it
        except Exception:
            # Any other fault still gets AWS's shape; the log gets the cause.
            log.exception("failed", method=request.method, path=path)
            fault = InternalServerException(f"The request {request_id} failed; the server's log says why.")
            response = error_response(fault, request_id)
        metrics.REQUESTS.labels(request.state.operation, str(response.status_code)).inc()
        metrics.LATENCY.labels(request.state.operation).observe(time.perf_counter() - begun)
        return response

    return answer


async def _verified(service: Service, request: Request, body: bytes) -> str:
    signed, now = signed_parts(request, body), datetime.now(UTC)
    # The digest of a large body takes milliseconds, in which the event loop answers others.
    if len(body) > FREE:
        return await run_in_threadpool(verify, signed, service.keys, now)
    return verify(signed, service.keys, now)


def _audited(request: Request, path: str) -> dict[str, str]:
    return {"method": request.method, "operation": request.state.operation, "resource": path}


def _not_dispatching() -> Response:
    return PlainTextResponse("job runs are not dispatched any more\n", status_code=503)


async def _no_route(request: Request, _refusal: Exception) -> Response:
    error = unknown_operation(request)
    metrics.count_refused(error.status)
    return error_response(error, new_request_id())
