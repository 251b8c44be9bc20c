"""The controller's metrics in Prometheus's text format, on a port that the gateway does not reach.

Source: Prometheus, "Exposition formats". Labels are phases, never names of environments.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, get_args

from aiohttp import web

from environments.clients.kubernetes import Kubernetes
from environments.exceptions import KubernetesError
from environments.requests.api_paths import environments_path
from environments.settings import Settings
from environments.status.phase import Phase
from environments.wake_page.app import listening

PORT = 8082
"""The port that is scraped. helm/environments names it, too."""
_HEAD = """\
# HELP longshore_environments Environments by phase.
# TYPE longshore_environments gauge
"""


def exposition(objects: Iterable[Mapping[str, Any]]) -> str:
    """Returns the page for these AirflowEnvironments. Pure."""
    found = Counter(str(each.get("status", {}).get("phase", "Pending")) for each in objects)
    # Phases without environments, too: alerts need the zero.
    return _HEAD + "".join(f'longshore_environments{{phase="{phase}"}} {found[phase]}\n' for phase in get_args(Phase))


def application(kubernetes: Kubernetes, settings: Settings) -> web.Application:
    """Returns the web application."""

    async def page(_request: web.Request) -> web.Response:
        try:
            objects = await kubernetes.list(environments_path(settings.namespace))
        except KubernetesError:
            raise web.HTTPServiceUnavailable from None  # the scraper counts the failure
        return web.Response(text=exposition(objects), headers={"Content-Type": "text/plain; version=0.0.4"})

    made = web.Application()
    made.router.add_get("/metrics", page)
    return made


@asynccontextmanager
async def serving_metrics(kubernetes: Kubernetes, settings: Settings, *, port: int) -> AsyncIterator[None]:
    """Serves the metrics on all addresses for the time of the context.

    Raises:
        ConfigurationError: the port is already in use.
    """
    async with listening(application(kubernetes, settings), port=port, option="--metrics-port"):
        yield
