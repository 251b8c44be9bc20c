"""The server's start: creates its parts and runs them under uvicorn."""

import asyncio
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO, cast

import structlog
import uvicorn
from starlette.applications import Starlette

from emr_containers.access.rights import Policy
from emr_containers.dispatch.dispatcher import TIMING, DispatchTiming
from emr_containers.exceptions import ConfigurationError
from emr_containers.http.app import build_application
from emr_containers.http.connections import Connection
from emr_containers.http.service import Access, Service
from emr_containers.runtimes.process.confinement import Confinement
from emr_containers.runtimes.process.job_user import find_job_user
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.runtimes.runtime import Runtime
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from emr_containers.store.locks import lock_file
from emr_containers.store.private_files import make_tree_private

_SHUTDOWN_SECONDS = 3


def run(
    settings: Settings,
    *,
    keys: dict[str, str],
    policies: Mapping[str, Policy] | None,
    host: str,
    port: int,
    reload: Callable[[], Access | None] = lambda: None,
    runtime: Runtime | None = None,
    timing: DispatchTiming = TIMING,
) -> None:
    """Serves until SIGTERM or SIGINT.

    Args:
        reload: gives keys and policies anew where their files have changed.
        runtime: the runtime of jobs. None: the one that `settings` name.

    Raises:
        ConfigurationError: the database, the state directory or the cluster cannot be used, or the address is taken.
    """
    _log_as_lines()
    _allow_open_files()
    jobs_umask = os.umask(0o077)  # what the server writes is its own; what jobs write is as it was
    _prepare_state(settings.state_directory)
    runtime = runtime or _runtime(settings, jobs_umask=jobs_umask)
    service = Service(
        settings=settings,
        keys=keys,
        policies=policies,
        # What processes of one machine need is on that machine; Jobs of a cluster are found from everywhere.
        database=Database(settings.database_url, standby=settings.kubernetes is not None),
        runtime=runtime,
        timing=timing,
        reload=reload,
    )
    server = uvicorn.Server(configuration(build_application(service), settings))
    with _listen(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        # The socket already listens, so a client that reads this line may connect.
        print(f"emr-containers: listening on http://{shown}:{bound}", flush=True)  # noqa: T201
        _say_what_jobs_can_read(settings)
        server.run(sockets=[listener])


def configuration(application: Starlette, settings: Settings) -> uvicorn.Config:
    """Returns the configuration with which uvicorn serves `application`."""
    protocol = partial(Connection, max_connections=settings.max_connections, request_timeout=settings.request_timeout)
    return uvicorn.Config(
        application,
        # uvicorn's access log would contain presigned URLs. This server logs errors and refusals itself.
        access_log=False,
        log_level="error",
        server_header=False,
        # An address that a client claims in a header would be no bound on what it may send.
        proxy_headers=False,
        # Named, so that it does not depend on which other packages are installed.
        http=cast(type[asyncio.Protocol], protocol),
        # Larger than the limit, so that the application itself refuses a head that is a little too large.
        h11_max_incomplete_event_size=2 * settings.head_limit,
        ws="none",
        loop="asyncio",
        # A client that never ends its request must not keep the server from ending.
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _runtime(settings: Settings, *, jobs_umask: int) -> Runtime:
    if settings.kubernetes is None:
        return ProcessRuntime(
            popen=lambda *words, **options: subprocess.Popen(*words, umask=jobs_umask, **options),
            state_directory=settings.state_directory,
            default_logs=settings.log_directory,
            releases=settings.releases,
            confinement=_confinement(settings),
        )
    try:
        # Imported late: a server whose jobs are processes needs none of these modules.
        from emr_containers.runtimes.kubernetes.cluster.api import load_access
        from emr_containers.runtimes.kubernetes.manifest.releases import cluster_releases
        from emr_containers.runtimes.kubernetes.runtime import KubernetesRuntime
        from emr_containers.runtimes.logs.location import check_log_uri
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--runtime kubernetes needs the module {error.name!r}: install longshore-emr-containers[kubernetes]."
        ) from error
    check_log_uri(settings.kubernetes.log_uri)
    return KubernetesRuntime(
        access=asyncio.run(load_access()),
        releases=cluster_releases(settings.releases),
        state_directory=settings.state_directory,
        settings=settings.kubernetes,
    )


def _confinement(settings: Settings) -> Confinement | None:
    """Returns the separation of jobs from the server, or None where there is none."""
    if settings.job_user is None:
        return None
    confinement = Confinement(user=find_job_user(settings.job_user))
    confinement.try_out(settings.state_directory, settings.releases.values())
    return confinement


def _say_what_jobs_can_read(settings: Settings) -> None:
    """Logs, once for each start, that jobs which are processes are not separated from this server."""
    if settings.kubernetes is not None or settings.job_user is not None:
        return
    way = "name another user with --job-user" if os.geteuid() == 0 else "only root can run them as another user"
    structlog.get_logger().warning(
        "jobs run as the server's own user and can read its keys, its database and other runs' files", way_out=way
    )


def _allow_open_files() -> None:
    # Each connection and each job run that is a process needs an open file; a shell's usual limit is 1,024.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _prepare_state(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock_file(folder / "lock", what=f"The state directory {str(folder)!r}")
        make_tree_private(folder)
    except OSError as error:
        raise ConfigurationError(
            f"The state directory {str(folder)!r} cannot be written to: {error.strerror}; name another one with "
            "--state-directory."
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
        # asyncio sets this on sockets that it creates itself. Without it, an answer's body waits 40 ms for the client
        # to acknowledge the head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"The address {host}:{port} cannot be used: {getattr(error, 'strerror', None) or error}. Choose another "
            "one with --host or --port."
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
        cache_logger_on_first_use=True,
    )


class _Output:
    """Standard output that loses a line instead of failing (a closed pipe, a full disk), so that jobs go on."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
