"""The plugin of Airflow that mounts the page, found by an entry point.

Every process of Airflow loads plugins, even that of each task. So this module imports neither the page nor FastAPI.
Only the API server asks for the application to mount, and the page itself is made with its first request.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.configuration import conf
from airflow.sdk.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

PREFIX = "/environments"
OPTION = conf.get("longshore", "environments_page", fallback="")
"""The page's settings. Without them, this Airflow has no page; that is so in an environment."""


def _connected() -> "FastAPI":
    from longshore_page.app import connected

    return connected(OPTION)


def mounted_application(make: "Callable[[], FastAPI]" = _connected) -> "FastAPI":
    """Returns the application to mount. Airflow's API server opens and closes it with itself.

    Args:
        make: makes the page. It is called with the first request, so that a failure is that request's alone.
    """
    # Airflow runs the lifespan of what it mounts only if that is a FastAPI.
    from fastapi import FastAPI

    made = cache(make)

    @asynccontextmanager
    async def open_until_the_end(_: FastAPI) -> AsyncIterator[None]:
        yield
        if made.cache_info().currsize:
            await made().state.close()

    async def page(scope: "Scope", receive: "Receive", send: "Send") -> None:
        await made()(scope, receive, send)

    application = FastAPI(title="Environments", openapi_url=None, lifespan=open_until_the_end)
    application.mount("/", page)
    return application


def mounted(option: str) -> list[dict[str, Any]]:
    """Returns the applications to mount, in the form of `fastapi_apps`; none without settings."""
    return [{"name": "Environments", "app": mounted_application(), "url_prefix": PREFIX}] if option else []


def views(option: str) -> list[dict[str, Any]]:
    """Returns the links in Airflow's navigation, in the form of `external_views`; none without settings. Pure.

    The address does not begin with `/`, because Airflow may be served below a path.
    """
    view = {
        "name": "Environments",
        "href": f"{PREFIX.strip('/')}/",
        "url_route": "environments",
        "destination": "nav",
        "icon": f"{PREFIX.strip('/')}/icon.svg",
        "icon_dark_mode": f"{PREFIX.strip('/')}/icon-dark.svg",
    }
    return [view] if option else []


class EnvironmentsPlugin(AirflowPlugin):
    """The page, and its link in the navigation."""

    name = "longshore_environments"
    external_views = views(OPTION)

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # Airflow reads it from an instance
        """The applications to mount."""
        return mounted(OPTION)
