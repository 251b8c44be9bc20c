"""Puts the server's parts together and runs them under uvicorn."""

import logging
import socket

import structlog
import uvicorn

from emr_containers.app import Service
from emr_containers.database import Database
from emr_containers.exceptions import ConfigurationError
from emr_containers.runtimes.process import ProcessRuntime
from emr_containers.settings import Settings

_SHUTDOWN_SECONDS = 3


def run(settings: Settings, *, keys: dict[str, str], host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises:
        ConfigurationError: the database cannot be opened, or the address is taken.
    """
    _log_as_lines()
    service = Service(
        settings=settings,
        keys=keys,
        database=Database(settings.database_url),
        runtime=ProcessRuntime(
            state_directory=settings.state_directory,
            default_logs=settings.log_directory,
            releases=settings.releases,
        ),
    )
    # Access logs of uvicorn's would hold presigned URLs; errors and what was refused are logged by us.
    server = uvicorn.Server(
        uvicorn.Config(
            service.application(),
            access_log=False,
            log_level="warning",
            # The same everywhere, whatever else is installed beside us.
            http="h11",
            loop="asyncio",
            # A client that never ends its request does not keep us from ending.
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
    )
    with _listen(host, port) as listener:
        address, bound = listener.getsockname()[:2]
        # The socket listens already: whoever reads this line may connect.
        print(f"emr-containers: listening on http://{address}:{bound}", flush=True)  # noqa: T201
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"The address {host}:{port} cannot be listened on: {getattr(error, 'strerror', None) or error}."
        ) from error


def _log_as_lines() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
