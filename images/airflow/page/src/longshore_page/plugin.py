"""The plugin of Airflow that mounts the page, found by an entry point.

Every process of Airflow loads plugins, even that of each task. So this module imports nothing of the page; the mounted
application imports it with the first request, which only the API server gets.
"""

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


@cache
def _application() -> "FastAPI":
    from longshore_page.app import connected

    return connected(OPTION)


async def page(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Serves the page as an ASGI application."""
    await _application()(scope, receive, send)


def mounted(option: str) -> list[dict[str, Any]]:
    """Returns the applications to mount, in the form of `fastapi_apps`; none without settings. Pure."""
    return [{"name": "Environments", "app": page, "url_prefix": PREFIX}] if option else []


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
    fastapi_apps = mounted(OPTION)
    external_views = views(OPTION)
