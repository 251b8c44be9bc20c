"""The page over a cluster of a dictionary, and people who use it."""

import asyncio
import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

with warnings.catch_warnings():
    # A test client, which Airflow's API server imports and does not use, wants another HTTP library.
    warnings.simplefilter("ignore")
    importlib.import_module("airflow.api_fastapi.app")

from images.airflow_page.fake_kubernetes import NAMESPACE, REPOSITORY, FakeKubernetes

if TYPE_CHECKING:
    from fastapi import FastAPI

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOSTILE = "feature/<img/src=x/onerror=alert(1)>;rm&-rf"
"""A branch that git accepts in a push."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of the page."""

    app: "FastAPI"

    def ask(self, method: str, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """One request, as the page's own script makes it."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test") as client:
                return await client.request(method, path, json=json, **options)

        return asyncio.run(send())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, json: Any = None) -> httpx.Response:
        return self.ask("POST", path, json={} if json is None else json)


People = Callable[..., Person]


@pytest.fixture
def kubernetes() -> FakeKubernetes:
    return FakeKubernetes()


async def _branches(_: str) -> list[str]:
    return ["main", HOSTILE]


@pytest.fixture
def app_of(kubernetes: FakeKubernetes) -> Callable[..., "FastAPI"]:
    """Returns the page as a user sees it."""
    from longshore_page.app import application
    from longshore_page.identity import Caller, caller
    from longshore_page.settings import Settings

    settings = Settings(namespace=NAMESPACE, repositories=(REPOSITORY,), connections=("flights_db",))

    def make(name: str | None, *, admin: bool = False, maker: bool = True) -> "FastAPI":
        app = application(settings, cluster=kubernetes.cluster(), branches=_branches, now=lambda: NOW)
        if name is not None:
            app.dependency_overrides[caller] = lambda: Caller(name=name, admin=admin, maker=maker)
        return app

    return make


@pytest.fixture
def person(app_of: Callable[..., "FastAPI"]) -> People:
    """Returns a user; without a name, one who is not signed in."""
    return lambda name, **rights: Person(app=app_of(name, **rights))
