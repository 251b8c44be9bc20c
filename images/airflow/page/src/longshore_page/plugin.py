"""Airflow's way to the page, by an entry point.

Every process of Airflow's loads plugins, each task's own among them. So this module imports nothing of the page: what
it is mounted as brings the page when the first request comes, which is in the API server.
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
"""The page's settings; without them this Airflow has no page, as that of an environment."""


@cache
def _application() -> "FastAPI":
    from longshore_page.app import connected

    return connected(OPTION)


async def page(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """The page as an ASGI application."""
    await _application()(scope, receive, send)


def mounted(option: str) -> list[dict[str, Any]]:
    """What Airflow mounts, in the shape of `fastapi_apps`; nothing without settings. Pure."""
    return [{"name": "Environments", "app": page, "url_prefix": PREFIX}] if option else []


def views(option: str) -> list[dict[str, Any]]:
    """What Airflow's navigation has, in the shape of `external_views`; nothing without settings. Pure.

    The address has no `/` before it: Airflow may lie below a path.
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
    """The page, and the way to it in the navigation."""

    name = "longshore_environments"
    fastapi_apps = mounted(OPTION)
    external_views = views(OPTION)
