"""The page's REST API and its files, which Airflow mounts at `/environments`.

Airflow names the user (see `identity`). A browser sends Airflow's cookie even with requests that another site's page
causes. So a change has to be JSON and, from a browser, of this very origin: environments on one host are one site, and
the code that their owners run in them is not trusted.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from longshore_page.branches import branches as ask_branches
from longshore_page.changes import ASLEEP, KEEP_SCHEMA, Deletion, Extension, NewEnvironment, awake, extended, manifest
from longshore_page.cluster import Cluster, connect
from longshore_page.exceptions import InvalidRequestError, NotAllowedError, PageError
from longshore_page.fields import FIELDS, SpecField, inputs
from longshore_page.identity import Caller, caller
from longshore_page.rows import Row, row
from longshore_page.settings import Settings, read

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
"""Headers of every answer. `no-cache` makes a browser ask each time, and get a file only when it has changed."""


def connected(option: str) -> FastAPI:
    """Returns the page for the cluster that this pod runs in.

    Args:
        option: see `settings.read`.

    Raises:
        SettingsError: the option is invalid. UnavailableError: this is not a pod.
    """
    settings = read(option)
    return application(settings, cluster=connect(settings.namespace))


def application(
    settings: Settings,
    *,
    cluster: Cluster,
    branches: Callable[[str], Awaitable[list[str]]] = ask_branches,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    fields: Sequence[SpecField] = FIELDS,
) -> FastAPI:
    """Returns the page for a cluster. `state.close()` ends its connections.

    Args:
        branches: returns the branches of a repository.
        now: returns the time, aware.
        fields: the described fields of an environment.
    """
    app = FastAPI(title="Environments", openapi_url=None)
    app.state.close = cluster.close
    app.include_router(_api(settings, cluster=cluster, branches=branches, now=now, fields=fields), prefix="/api")
    app.mount("/", StaticFiles(directory=FILES, html=True))

    @app.exception_handler(PageError)
    async def told(_: Request, error: PageError) -> JSONResponse:
        if error.status >= 500:
            log.warning("%s", error, exc_info=error.__cause__)
        return JSONResponse({"detail": str(error)}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # The answer does not repeat the input.
        found = [f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}" for each in error.errors()]
        return JSONResponse({"detail": "; ".join(found)}, status_code=422)

    @app.middleware("http")
    async def guarded(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await proceed(request)
        response.headers.update(_HEADERS)
        return response

    return app


def _by_our_page(request: Request) -> None:
    """Refuses requests that another site's page causes. Source: W3C, "Fetch Metadata Request Headers"."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidRequestError("A change has to be JSON; set Content-Type to application/json.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise NotAllowedError(
            "The request comes from another site's page; open Environments in Airflow, and repeat it there."
        )


User = Annotated[Caller, Depends(caller)]


def _api(
    settings: Settings,
    *,
    cluster: Cluster,
    branches: Callable[[str], Awaitable[list[str]]],
    now: Callable[[], datetime],
    fields: Sequence[SpecField],
) -> APIRouter:
    reads, changes = APIRouter(), APIRouter(dependencies=[Depends(_by_our_page)])

    async def of(user: Caller, name: str) -> dict[str, Any]:
        body = await cluster.get(name)
        if not user.may_change(body):
            raise NotAllowedError(
                f"The environment {name!r} belongs to {body['spec']['owner']!r}, and you are {user.name!r}: ask its "
                "owner, or create one of your own."
            )
        return body

    @reads.get("/form")
    async def form(user: User) -> dict[str, Any]:
        """Returns the choices of the form, and the user."""
        return {
            "user": user.name,
            "admin": user.admin,
            "maker": user.maker or user.admin,
            "repositories": settings.repositories,
            "connections": settings.connections,
            "fields": inputs(fields),
        }

    @reads.get("/branches")
    async def branches_of(repository: str, user: User) -> list[str]:
        """Returns the branches of one of the repositories, in order."""
        user.owner()  # a viewer must not cause a request to the repository
        if repository not in settings.repositories:
            raise InvalidRequestError(f"The repository {repository[:100]!r} is not among those of this page.")
        return await branches(repository)

    @reads.get("/environments")
    async def environments(user: User) -> list[Row]:
        """Returns all environments, the user's own first."""
        rows = [row(body, user) for body in await cluster.all()]
        return sorted(rows, key=lambda each: (each["owner"] != user.name, each["name"]))

    @changes.post("/environments", status_code=201)
    async def create(new: NewEnvironment, user: User) -> Row:
        return row(await cluster.create(manifest(new, owner=user.owner(), settings=settings, fields=fields)), user)

    @changes.post("/environments/{name}/sleep")
    async def sleep(name: str, user: User) -> Row:
        return row(await cluster.patch(await of(user, name), ASLEEP), user)

    @changes.post("/environments/{name}/wake")
    async def wake(name: str, user: User) -> Row:
        body = await of(user, name)
        return row(await cluster.patch(body, awake(body, now=now())), user)

    @changes.post("/environments/{name}/extend")
    async def extend(name: str, extension: Extension, user: User) -> Row:
        body = await of(user, name)
        return row(await cluster.patch(body, extended(body, by=timedelta(hours=extension.hours), now=now())), user)

    @changes.post("/environments/{name}/delete", status_code=202)
    async def delete(name: str, deletion: Deletion, user: User) -> None:
        body = await of(user, name)
        if deletion.keep_schema:
            await cluster.patch(body, KEEP_SCHEMA)
        await cluster.delete(body)

    api = APIRouter()
    api.include_router(reads)
    api.include_router(changes)
    return api
