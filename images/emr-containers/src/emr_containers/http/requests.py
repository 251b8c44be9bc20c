"""An HTTP request's head within the server's limits, its sender, what its signature covers and what its path names."""

from starlette.requests import Request
from structlog.contextvars import bind_contextvars

from emr_containers.api.model import input_member
from emr_containers.api.signature import SignedRequest
from emr_containers.api.validation import validate
from emr_containers.exceptions import RequestEntityTooLargeException, UnknownOperationException

_MOST_HEADERS = 100
"""AWS's clients send about a dozen."""


def check_head_size(request: Request, limit: int) -> None:
    """Checks the size of the request line and the headers.

    Args:
        limit: in bytes.

    Raises:
        RequestEntityTooLargeException: they are larger, or there are too many headers.
    """
    # botocore's signature takes a time that grows with the square of their number.
    if len(request.headers.raw) > _MOST_HEADERS:
        raise RequestEntityTooLargeException(f"The request has more than {_MOST_HEADERS} headers.")
    head = len(request.scope["raw_path"]) + len(request.scope["query_string"])
    head += sum(len(name) + len(value) for name, value in request.headers.raw)
    if head > limit:
        raise RequestEntityTooLargeException(f"The request line and headers are larger than {limit} bytes.")


def peer_address(request: Request) -> str:
    """Returns the address that the request's connection came from; a proxy's where one stands before the server."""
    return request.client.host if request.client is not None else ""


def signed_parts(request: Request, body: bytes) -> SignedRequest:
    """Returns the parts of the request that a signature covers."""
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


def named_job_run(request: Request, operation: str) -> tuple[str, str]:
    """Returns the IDs of the path's virtual cluster and job run once they are checked. Log and metrics get them, too.

    Args:
        operation: the name of what is asked for, which is not AWS's.

    Raises:
        ValidationException: one cannot be an ID.
    """
    cluster, job_run = (str(request.path_params[name]) for name in ("cluster", "job_run"))
    validate(input_member("DescribeJobRun", "virtualClusterId"), cluster, place="virtualClusterId")
    validate(input_member("DescribeJobRun", "id"), job_run, place="id")
    request.state.operation = operation
    bind_contextvars(virtual_cluster=cluster, job_run=job_run)
    return cluster, job_run


def unknown_operation(request: Request) -> UnknownOperationException:
    """Returns the error for a method and path that no operation has."""
    return UnknownOperationException(f"No operation answers {request.method} {request.scope['path']!r}.")
