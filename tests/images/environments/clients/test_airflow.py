"""Airflow is asked as a viewer, page by page, and what it does not answer is an error of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from environments.clients.airflow import Airflow
from environments.exceptions import AirflowError
from environments.observed.airflow_state import AirflowState

COMMIT = "d" * 40
DAG = {"bundle_version": COMMIT, "fileloc": f"/bundles/{COMMIT}/a.py"}


@dataclass
class Double:
    """An Airflow below /env/mine."""

    dags: list[dict[str, Any]] = field(default_factory=lambda: [DAG] * 250)
    token: str = "first"
    refusal: int = 401
    logins: int = 0
    queries: list[str] = field(default_factory=list)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/env/mine/auth/token", self.log_in)
        application.router.add_get("/env/mine/api/v2/{path:.*}", self.answer)
        return application

    async def log_in(self, request: web.Request) -> web.Response:
        self.logins += 1
        known = await request.json() == {"username": "@controller", "password": "right"}
        return web.json_response({"access_token": self.token}, status=201) if known else web.Response(status=401)

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return web.Response(status=self.refusal)
        self.queries.append(request.path_qs)
        rows: dict[str, tuple[str, list[Any]]] = {
            "dags": ("dags", self.dags),
            "importErrors": ("import_errors", []),
            "dags/~/dagRuns": ("dag_runs", []),
            "eventLogs": ("event_logs", [{"when": "2026-11-25T11:00:00Z"}]),
        }
        member, all_rows = rows[request.match_info["path"]]
        start, limit = int(request.query.get("offset", 0)), int(request.query["limit"])
        return web.json_response({member: all_rows[start : start + limit], "total_entries": len(all_rows)})


def run(double: Double, test: Callable[[Airflow, str], Awaitable[Any]], **members: Any) -> Any:
    async def serve() -> Any:
        async with TestServer(double.application()) as server:
            airflow = Airflow(**members)
            try:
                return await test(airflow, str(server.make_url("/env/mine")))
            finally:
                await airflow.close()

    return asyncio.run(serve())


RIGHT = "right"


def look(airflow: Airflow, url: str, password: str = RIGHT) -> Awaitable[AirflowState]:
    return airflow.look(url, password=password, owner="ann")


def test_all_pages_are_read() -> None:
    double = Double()
    found = run(double, look)
    assert found.commit == COMMIT
    assert found.last_activity == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert sum("/dags?" in query for query in double.queries) == 3


def test_only_the_owners_deeds_are_asked_for() -> None:
    double = Double()
    run(double, look)
    assert any("eventLogs" in query and "owner=ann" in query for query in double.queries)


@pytest.mark.parametrize("refusal", [401, 403], ids=["too old", "of another key"])
def test_a_token_serves_until_it_is_refused(refusal: int) -> None:
    double = Double(dags=[DAG], refusal=refusal)

    async def twice(airflow: Airflow, url: str) -> None:
        await look(airflow, url)
        before = double.logins
        await look(airflow, url)
        assert double.logins == before
        double.token = "second"
        assert (await look(airflow, url)).commit == COMMIT

    run(double, twice)


def test_a_wrong_password_is_an_error() -> None:
    with pytest.raises(AirflowError, match="does not let the controller in"):
        run(Double(), lambda airflow, url: look(airflow, url, "wrong"))


def test_an_airflow_that_is_away_is_an_error_without_the_password() -> None:
    async def away(airflow: Airflow, url: str) -> None:
        await look(airflow, "http://127.0.0.1:1/env/mine", "canary")

    with pytest.raises(AirflowError) as error:
        run(Double(), away)
    assert "canary" not in str(error.value)


@dataclass
class Hostile(Double):
    """Answers all that is asked below /api by one response."""

    response: Callable[[], web.Response] = web.Response

    async def answer(self, request: web.Request) -> web.Response:
        self.queries.append(request.path_qs)
        return self.response()


def test_it_is_not_led_elsewhere() -> None:
    double = Hostile(response=lambda: web.Response(status=302, headers={"Location": "/env/mine/api/v2/elsewhere"}))
    with pytest.raises(AirflowError, match="302"):
        run(double, look)
    assert not any("elsewhere" in query for query in double.queries)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b" " * (8 * 1024 * 1024 + 1), "more than 8388608 bytes"),
        (b"[" * 200_000, "does not answer"),
        (
            b'{"dags": ["x"], "import_errors": [], "dag_runs": [], "event_logs": [], "total_entries": 1}',
            "unexpected form",
        ),
    ],
)
def test_an_answer_that_is_none_is_an_error(body: bytes, reason: str) -> None:
    with pytest.raises(AirflowError, match=reason):
        run(Hostile(response=lambda: web.Response(body=body)), look)


def test_pages_without_end_are_an_error() -> None:
    endless = {"dags": [DAG], "import_errors": [{}], "dag_runs": [], "event_logs": [], "total_entries": 10**9}
    double = Hostile(response=lambda: web.json_response(endless))
    with pytest.raises(AirflowError, match="more than 5000 of"):
        run(double, look)
    assert len(double.queries) < 110


def test_a_look_has_an_end() -> None:
    with pytest.raises(AirflowError, match="takes longer than"):
        run(Double(), look, patience=0.0)
