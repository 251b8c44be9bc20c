"""The page "Environments": its REST API, which Airflow mounts at `/environments`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI

from longshore_page.branches import branches as ask_branches
from longshore_page.changes import ASLEEP, KEEP_SCHEMA, Deletion, Extension, NewEnvironment, awake, extended, manifest
from longshore_page.cluster import Cluster, connect
from longshore_page.exceptions import InvalidRequestError, NotAllowedError
from longshore_page.fields import FIELDS, SpecField, inputs
from longshore_page.identity import Caller, caller
from longshore_page.rows import Row, row
from longshore_page.settings import Settings, read
from longshore_page.web import by_our_page, page_application


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
    api = _api(settings, cluster=cluster, branches=branches, now=now, fields=fields)
    return page_application("Environments", api=api, close=cluster.close)


User = Annotated[Caller, Depends(caller)]


def _api(
    settings: Settings,
    *,
    cluster: Cluster,
    branches: Callable[[str], Awaitable[list[str]]],
    now: Callable[[], datetime],
    fields: Sequence[SpecField],
) -> APIRouter:
    reads, changes = APIRouter(), APIRouter(dependencies=[Depends(by_our_page)])

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
