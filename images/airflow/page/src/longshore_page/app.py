"""The page's REST API, and its files: what Airflow mounts at `/environments`.

Who calls is who Airflow says (see `identity`). A browser sends Airflow's cookie with whatever other sites make it ask
for. So a change has to be JSON and, from a browser, from this very origin: environments of one host are of one site,
and what their owners run in them is not ours to trust.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from longshore_page.branches import branches as ask_branches
from longshore_page.cluster import Cluster, connect
from longshore_page.exceptions import NotAllowedError, PageError, WishError
from longshore_page.identity import Caller, caller
from longshore_page.settings import Settings, read
from longshore_page.showing import Row, row
from longshore_page.wishes import ASLEEP, KEEP_SCHEMA, Goodbye, Longer, Wish, awake, extended, manifest

log = logging.getLogger(__name__)
FILES = Path(__file__).with_name("static")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""The last: asked for anew each time, and sent only when it has changed."""


def connected(option: str) -> FastAPI:
    """The page of this pod.

    Args:
        option: see `settings.read`.

    Raises:
        SettingsError: it is not what it should be. AwayError: we are in no cluster.
    """
    settings = read(option)
    return application(settings, cluster=connect(settings.namespace))


def application(
    settings: Settings,
    *,
    cluster: Cluster,
    branches: Callable[[str], Awaitable[list[str]]] = ask_branches,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """The page over a cluster.

    Args:
        branches: tells those of a repository.
        now: tells the time, aware.
    """
    app = FastAPI(title="Environments", openapi_url=None)
    app.include_router(_api(settings, cluster=cluster, branches=branches, now=now), prefix="/api")
    app.mount("/", StaticFiles(directory=FILES, html=True))

    @app.exception_handler(PageError)
    async def told(_: Request, error: PageError) -> JSONResponse:
        if error.status >= 500:
            log.warning("%s", error, exc_info=error.__cause__)
        return JSONResponse({"detail": str(error)}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is not told again.
        found = [f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}" for each in error.errors()]
        return JSONResponse({"detail": "; ".join(found)}, status_code=422)

    @app.middleware("http")
    async def guarded(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await proceed(request)
        response.headers.update(_HEADERS)
        return response

    return app


def _by_our_page(request: Request) -> None:
    """Refuses what another site's page makes a browser ask for. Source: W3C, "Fetch Metadata Request Headers"."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise WishError("A change is asked for by JSON: set Content-Type to application/json.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise NotAllowedError("Another site's page has asked for this; open Environments in Airflow, and do it there.")


User = Annotated[Caller, Depends(caller)]


def _api(
    settings: Settings,
    *,
    cluster: Cluster,
    branches: Callable[[str], Awaitable[list[str]]],
    now: Callable[[], datetime],
) -> APIRouter:
    reads, changes = APIRouter(), APIRouter(dependencies=[Depends(_by_our_page)])

    async def of(user: Caller, name: str) -> dict[str, Any]:
        body = await cluster.get(name)
        if not user.may_change(body):
            raise NotAllowedError(
                f"The environment {name!r} is of {body['spec']['owner']!r}, and you are {user.name!r}: ask its owner, "
                "or make one of your own."
            )
        return body

    @reads.get("/form")
    async def form(user: User) -> dict[str, Any]:
        """What there is to choose from, and who looks."""
        return {
            "user": user.name,
            "admin": user.admin,
            "maker": user.maker or user.admin,
            "repositories": settings.repositories,
            "connections": settings.connections,
        }

    @reads.get("/branches")
    async def branches_of(repository: str, user: User) -> list[str]:
        """The branches of one of the repositories, by name."""
        user.owner()  # who only looks on makes nobody ask
        if repository not in settings.repositories:
            raise WishError(f"The repository {repository[:100]!r} is not among those of this page.")
        return await branches(repository)

    @reads.get("/environments")
    async def environments(user: User) -> list[Row]:
        """All of them, one's own first."""
        rows = [row(body, user) for body in await cluster.all()]
        return sorted(rows, key=lambda each: (each["owner"] != user.name, each["name"]))

    @changes.post("/environments", status_code=201)
    async def create(wish: Wish, user: User) -> Row:
        return row(await cluster.create(manifest(wish, owner=user.owner(), settings=settings)), user)

    @changes.post("/environments/{name}/sleep")
    async def sleep(name: str, user: User) -> Row:
        return row(await cluster.patch(await of(user, name), ASLEEP), user)

    @changes.post("/environments/{name}/wake")
    async def wake(name: str, user: User) -> Row:
        body = await of(user, name)
        return row(await cluster.patch(body, awake(body, now=now())), user)

    @changes.post("/environments/{name}/extend")
    async def extend(name: str, longer: Longer, user: User) -> Row:
        body = await of(user, name)
        return row(await cluster.patch(body, extended(body, by=timedelta(hours=longer.hours), now=now())), user)

    @changes.post("/environments/{name}/delete", status_code=202)
    async def delete(name: str, goodbye: Goodbye, user: User) -> None:
        body = await of(user, name)
        if goodbye.keep_schema:
            await cluster.patch(body, KEEP_SCHEMA)
        await cluster.delete(body)

    api = APIRouter()
    api.include_router(reads)
    api.include_router(changes)
    return api
