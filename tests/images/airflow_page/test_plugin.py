"""Airflow finds the page by its entry point, and shows it where it has settings."""

import asyncio
import importlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from images.airflow_page.fake_kubernetes import NAMESPACE, REPOSITORY
from libs.kubernetes.api_server import ApiServer
from longshore_page.exceptions import UnavailableError
from longshore_page.plugin import JOB_RUNS_PREFIX, PREFIX, PagesPlugin, mounted, mounted_application, views
from support.waiting import until_async

if TYPE_CHECKING:
    from fastapi import FastAPI

PROJECT = Path(__file__).parents[3] / "images/airflow/page/pyproject.toml"


def test_the_entry_point_is_a_plugin_of_airflows() -> None:
    from airflow.plugins_manager import is_valid_plugin

    points = tomllib.loads(PROJECT.read_text())["project"]["entry-points"]["airflow.plugins"]
    module, _, name = points["longshore_page"].partition(":")
    plugin = getattr(importlib.import_module(module), name)
    assert plugin is PagesPlugin
    assert is_valid_plugin(plugin)


def test_without_settings_there_is_only_the_page_that_needs_none() -> None:
    assert [each["url_prefix"] for each in mounted("")] == [JOB_RUNS_PREFIX]
    plugin = PagesPlugin()
    assert [each["name"] for each in plugin.fastapi_apps] == ["Job runs"]
    assert [each["name"] for each in plugin.external_views] == ["Job runs"]


def test_what_airflow_is_told_is_of_its_form() -> None:
    from airflow.api_fastapi.app import RESERVED_URL_PREFIXES
    from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

    names = []
    for app, view in zip(mounted("{}"), views("{}"), strict=True):
        assert not any(app["url_prefix"].startswith(prefix) for prefix in RESERVED_URL_PREFIXES)
        shown = ExternalViewResponse.model_validate(view)
        names.append((shown.name, shown.destination, shown.nav_top_level, shown.url_route))
        # Relative to Airflow's address, which may have a path.
        assert f"/{shown.href}" == f"{app['url_prefix']}/"
    assert names == [("Environments", "nav", True, "environments"), ("Job runs", "nav", True, "job-runs")]


def test_its_connections_are_closed_when_airflows_api_server_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("token")
    made: list[FastAPI] = []

    def connections(server: ApiServer) -> set[Any]:
        return {each.transport for each in server.asked} - {None}

    def make() -> "FastAPI":
        from longshore_page.app import application
        from longshore_page.cluster import connect
        from longshore_page.identity import Caller, caller
        from longshore_page.settings import Settings

        settings = Settings(namespace=NAMESPACE, repositories=(REPOSITORY,), connections=())
        page = application(settings, cluster=connect(NAMESPACE, account=tmp_path))
        page.dependency_overrides[caller] = lambda: Caller(name="ann", admin=False, maker=True)
        made.append(page)
        return page

    async def run() -> None:
        from airflow.api_fastapi.app import lifespan
        from fastapi import FastAPI

        server = ApiServer(tmp_path, answer={"items": []})
        async with server.serving() as port:
            monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
            monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
            airflow = FastAPI(lifespan=lifespan)
            airflow.mount(PREFIX, mounted_application("Environments", make))
            async with airflow.router.lifespan_context(airflow):
                assert not made
                transport = httpx.ASGITransport(app=airflow)
                async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test") as client:
                    for _ in range(2):
                        answer = await client.get(f"{PREFIX}/api/environments")
                        assert (answer.status_code, answer.json()) == (200, [])
                    assert (await client.get(f"{PREFIX}/")).status_code == 200
                assert (len(made), len(connections(server))) == (1, 1)
            await until_async("its connection is closed", lambda: not connections(server))

    asyncio.run(run())


def test_a_page_that_cannot_be_made_or_was_never_asked_for_keeps_airflow_neither_from_starting_nor_from_ending() -> (
    None
):
    def make() -> "FastAPI":
        raise UnavailableError("This Airflow does not run in Kubernetes.")

    async def run() -> None:
        from airflow.api_fastapi.app import lifespan
        from fastapi import FastAPI

        airflow = FastAPI(lifespan=lifespan)
        airflow.mount(PREFIX, mounted_application("Environments", make))
        async with airflow.router.lifespan_context(airflow):
            transport = httpx.ASGITransport(app=airflow, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test") as client:
                assert (await client.get(f"{PREFIX}/")).status_code == 500

    asyncio.run(run())
