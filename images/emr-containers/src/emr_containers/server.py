"""Puts the server's parts together and runs them under uvicorn."""

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO, cast

import structlog
import uvicorn
from starlette.applications import Starlette

from emr_containers.app import Service
from emr_containers.connections import Connection
from emr_containers.database import Database
from emr_containers.exceptions import ConfigurationError
from emr_containers.locks import hold
from emr_containers.rights import Policy
from emr_containers.runtimes.job import Runtime
from emr_containers.runtimes.process import ProcessRuntime
from emr_containers.settings import Settings

_SHUTDOWN_SECONDS = 3


def run(
    settings: Settings, *, keys: dict[str, str], policies: Mapping[str, Policy] | None, host: str, port: int
) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        ConfigurationError: the database, the state directory or the cluster cannot be used, or the address is taken.
    """
    _log_as_lines()
    _allow_open_files()
    _prepare_state(settings.state_directory)
    runtime = _runtime(settings)
    service = Service(
        settings=settings,
        keys=keys,
        policies=policies,
        database=Database(settings.database_url),
        runtime=runtime,
    )
    server = uvicorn.Server(configuration(service.application(), settings))
    with _listen(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        # The socket listens already: whoever reads this line may connect.
        print(f"emr-containers: listening on http://{shown}:{bound}", flush=True)  # noqa: T201
        server.run(sockets=[listener])


def configuration(application: Starlette, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves `application`."""
    protocol = partial(Connection, max_connections=settings.max_connections, request_timeout=settings.request_timeout)
    return uvicorn.Config(
        application,
        # Access logs of uvicorn's would hold presigned URLs; errors and what was refused are logged by us.
        access_log=False,
        log_level="error",
        server_header=False,
        # The same everywhere, whatever else is installed beside us.
        http=cast(type[asyncio.Protocol], protocol),
        # A head that is a little too large is refused by the application, in the right words.
        h11_max_incomplete_event_size=2 * settings.head_limit,
        ws="none",
        loop="asyncio",
        # A client that never ends its request does not keep us from ending.
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _runtime(settings: Settings) -> Runtime:
    if settings.kubernetes is None:
        return ProcessRuntime(
            state_directory=settings.state_directory,
            default_logs=settings.log_directory,
            releases=settings.releases,
        )
    try:
        # Imported here: a server of processes needs none of it.
        from emr_containers.runtimes.kubernetes.api import load_config
        from emr_containers.runtimes.kubernetes.releases import cluster_releases
        from emr_containers.runtimes.kubernetes.runtime import KubernetesRuntime
        from emr_containers.runtimes.log_location import check_log_uri
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--runtime kubernetes needs the module {error.name!r}: install longshore-emr-containers[kubernetes]."
        ) from error
    check_log_uri(settings.kubernetes.log_uri)
    return KubernetesRuntime(
        configuration=asyncio.run(load_config()),
        releases=cluster_releases(settings.releases),
        state_directory=settings.state_directory,
        settings=settings.kubernetes,
    )


def _allow_open_files() -> None:
    # Each connection is one, and each job run that is a process: a shell's usual 1,024 would be the limit of both.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _prepare_state(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hold(folder / "lock", what=f"The state directory {str(folder)!r}")
    except OSError as error:
        raise ConfigurationError(
            f"The state directory {str(folder)!r} cannot be written to: {error.strerror}; name another one with "
            "--state-directory."
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
        # asyncio does so for sockets that it makes itself. Without it an answer's body waits for the client to
        # acknowledge the head: 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"The address {host}:{port} cannot be listened on: {getattr(error, 'strerror', None) or error}."
        ) from error


def _log_as_lines() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Output())),
    )


class _Output:
    """Standard output, of which a line is lost when it cannot be written (a closed pipe, a full disk): jobs go on."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
