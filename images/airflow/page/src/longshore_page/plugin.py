"""The plugin of Airflow that mounts the pages, found by an entry point.

Every process of Airflow loads plugins, even that of each task. So this module imports neither a page nor FastAPI.
Only the API server asks for the applications to mount, and a page itself is made with its first request.
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
JOB_RUNS_PREFIX = "/job-runs"
OPTION = conf.get("longshore", "environments_page", fallback="")
"""The settings of the page "Environments". Without them, this Airflow does not have it; that is so in an environment.
The page "Job runs" needs none: the connection `aws_default` says where the job server is."""


def _environments() -> "FastAPI":
    from longshore_page.app import connected

    return connected(OPTION)


def _job_runs() -> "FastAPI":
    from longshore_page.job_runs.app import connected

    return connected()


def mounted_application(title: str, make: "Callable[[], FastAPI]") -> "FastAPI":
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

    application = FastAPI(title=title, openapi_url=None, lifespan=open_until_the_end)
    application.mount("/", page)
    return application


def mounted(option: str) -> list[dict[str, Any]]:
    """Returns the applications to mount, in the form of `fastapi_apps`; without settings only "Job runs"."""
    pages: list[tuple[str, Callable[[], FastAPI], str]] = [("Job runs", _job_runs, JOB_RUNS_PREFIX)]
    if option:
        pages.insert(0, ("Environments", _environments, PREFIX))
    return [{"name": name, "app": mounted_application(name, make), "url_prefix": at} for name, make, at in pages]


def views(option: str) -> list[dict[str, Any]]:
    """Returns the links in Airflow's navigation, in the form of `external_views`: one for each application. Pure.

    The address does not begin with `/`, because Airflow may be served below a path.
    """
    return [*([_view("Environments", PREFIX)] if option else []), _view("Job runs", JOB_RUNS_PREFIX)]


def _view(name: str, prefix: str) -> dict[str, Any]:
    place = prefix.strip("/")
    return {
        "name": name,
        "href": f"{place}/",
        "url_route": place,
        "destination": "nav",
        # Airflow puts two or more links into a menu, where nobody looks for them.
        "nav_top_level": True,
        "icon": f"{place}/icon.svg",
        "icon_dark_mode": f"{place}/icon-dark.svg",
    }


class PagesPlugin(AirflowPlugin):
    """The pages, and their links in the navigation."""

    name = "longshore_pages"
    external_views = views(OPTION)

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # Airflow reads it from an instance
        """The applications to mount."""
        return mounted(OPTION)
