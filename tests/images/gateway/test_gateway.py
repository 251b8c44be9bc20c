"""nginx sends requests of an environment to its Airflow, unchanged, and to the wake page if that does not answer."""

import asyncio
import http.client
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from .conftest import IMAGE, INVALID, LONGEST, Gateway, Names, running


def ask(
    gateway: Gateway, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    told = dict(json.loads(content)) if content.startswith(b"{") else {"text": content.decode()}
    return answer.status, told | {"answer": dict(answer.getheaders())}


def test_the_name_in_the_path_is_the_airflow_that_answers(gateway: Gateway) -> None:
    status, told = ask(gateway, "/env/awake/api/v2/dags?limit=1&tags=a%20b")
    assert (status, told["server"]) == (200, "airflow")
    assert told["path"] == "/env/awake/api/v2/dags?limit=1&tags=a%20b"
    assert told["answer"]["Set-Cookie"] == "a=b; Path=/env/awake"
    assert ask(gateway, "/env/awake")[1]["server"] == "airflow"


def test_what_is_quoted_in_a_path_stays_so(gateway: Gateway) -> None:
    path = "/env/awake/api/v2/dags/a%2Fb/dagRuns/manual__2026-11-25T12%3A00%3A00%2B00%3A00"
    assert ask(gateway, path)[1]["path"] == path


def test_airflow_hears_what_the_client_called_it(gateway: Gateway) -> None:
    headers = ask(gateway, "/env/awake/", Host="airflow.example:8443")[1]["headers"]
    assert headers["Host"] == "airflow.example:8443"
    assert headers["X-Forwarded-Host"] == "airflow.example:8443"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Forwarded-For"] == "127.0.0.1"


def test_what_a_load_balancer_has_said_of_the_client_stays(gateway: Gateway) -> None:
    given = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7", "X_Forwarded_Host": "h.example"}
    headers = ask(gateway, "/env/awake/", X_Forwarded_Port="443", **given)[1]["headers"]
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-For"] == "192.0.2.7, 127.0.0.1"
    assert headers["X-Forwarded-Host"] == "h.example"
    assert headers["X-Forwarded-Port"] == "443"


def test_a_large_cookie_arrives_whole(gateway: Gateway) -> None:
    status, told = ask(gateway, "/env/awake/", Cookie=f"session={'x' * 20_000}")
    assert (status, len(told["headers"]["Cookie"])) == (200, 20_008)


def test_a_large_body_arrives_whole(gateway: Gateway) -> None:
    status, told = ask(gateway, "/env/awake/upload", method="POST", body=b"x" * 8_000_000)
    assert (status, told["size"]) == (200, 8_000_000)


def test_an_answer_comes_while_it_is_made(gateway: Gateway) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    began = time.monotonic()
    connection.request("GET", "/env/awake/stream")
    answer = connection.getresponse()
    assert answer.readline() == b"first\n"
    assert time.monotonic() - began < 1.2
    assert answer.readline() == b"last\n"
    connection.close()


def test_websockets_pass(gateway: Gateway) -> None:
    async def talk() -> str:
        async with ClientSession() as session, session.ws_connect(f"{gateway.url}/env/awake/websocket") as socket:
            await socket.send_str("hello")
            return str(await socket.receive_str(timeout=10))

    assert asyncio.run(talk()) == "HELLO"


def test_an_error_of_airflows_own_is_passed_on(gateway: Gateway) -> None:
    status, told = ask(gateway, "/env/awake/broken")
    assert (status, told["text"]) == (502, "from Airflow")


@pytest.mark.parametrize("name", ["asleep", "unknown"])
def test_the_wake_page_answers_where_no_airflow_does(gateway: Gateway, name: str) -> None:
    began = time.monotonic()
    status, told = ask(gateway, f"/env/{name}/dags?x=1", Host="airflow.example", Accept="text/html")
    assert time.monotonic() - began < 2
    assert (status, told["server"], told["method"]) == (503, "wake page", "GET")
    assert told["path"] == f"/env/{name}/dags?x=1"
    assert (told["headers"]["Host"], told["headers"]["Accept"]) == ("airflow.example", "text/html")


def test_the_wake_page_gets_the_method_and_not_the_body(gateway: Gateway) -> None:
    status, told = ask(gateway, "/env/asleep/upload", method="POST", body=b"x" * 3_000_000)
    assert (status, told["server"], told["method"], told["size"]) == (503, "wake page", "POST", 0)


@pytest.mark.parametrize("path", ["/", "/env", "/env/", *(f"/env/{name}/" for name in INVALID)])
def test_what_is_no_environments_name_is_no_hosts(gateway: Gateway, path: str) -> None:
    assert ask(gateway, path)[1]["server"] == "wake page"


def test_the_longest_name_has_40_characters(gateway: Gateway) -> None:
    assert ask(gateway, f"/env/{LONGEST}/")[1]["server"] == "airflow"


@pytest.mark.parametrize("path", ["/env/awake%00/", "/env/awake%0d%0aX:%20y/", "/env/awake%0a"])
def test_what_no_name_may_hold_reaches_no_airflow(gateway: Gateway, path: str) -> None:
    status, told = ask(gateway, path)
    assert status in (400, 404)
    assert "server" not in told


def test_the_gateway_itself_answers_where_the_wake_page_is_unavailable(
    nginx: str, names: Names, tmp_path: Path
) -> None:
    with running(nginx, tmp_path, names, namespace="nowhere") as alone:
        status, told = ask(alone, "/env/asleep/")
    assert status == 503
    assert "Try again soon" in told["text"]
    assert int(told["answer"]["Retry-After"]) > 0


def test_it_says_that_it_lives(gateway: Gateway) -> None:
    assert ask(gateway, "/healthz")[0] == 204


@pytest.mark.parametrize(
    ("text", "missing"), [("nameserver 10.96.0.10\n", "search"), ("search a.svc.cluster.local\n", "nameserver")]
)
def test_outside_of_a_cluster_it_says_what_it_lacks(tmp_path: Path, text: str, missing: str) -> None:
    (tmp_path / "resolv.conf").write_text(text)
    done = subprocess.run(
        [str(IMAGE / "serve-gateway"), str(tmp_path / "resolv.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f'"{missing}"' in done.stderr
