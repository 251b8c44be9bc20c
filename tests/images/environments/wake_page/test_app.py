"""Visitors of an environment that does not answer are told why, and wake it if it is asleep."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port
from environments.exceptions import ConfigurationError, KubernetesError
from environments.requests.api_paths import environments_path
from environments.resource.names import ACTIVITY_ANNOTATION
from environments.resource.times import moment
from environments.wake_page.app import application, serving
from images.environments.world import SETTINGS, FakeKubernetes, body

HTML = {"Accept": "text/html,application/xhtml+xml"}
MINE = environments_path("environments", "mine")
READY = {"type": "Ready", "status": "False", "reason": "Asleep", "message": "It is <asleep> & well."}


class Counting(FakeKubernetes):
    """Counts the requests to wake."""

    touches = 0

    async def merge(self, where: str, change: Any) -> dict[str, Any]:
        self.touches += 1
        return await super().merge(where, change)


def cluster(phase: str | None = "Asleep", *, deleted: bool = False, **spec: Any) -> Counting:
    found = body("mine", **spec)
    found["status"] = {"phase": phase, "conditions": [READY]} if phase else {}
    if deleted:
        found["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
    return Counting(objects={MINE: found})


def ask(
    kubernetes: FakeKubernetes, path: str = "/env/mine/", *, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[ClientResponse, str]:
    """Returns the wake page's answer, and its text."""

    async def once() -> tuple[ClientResponse, str]:
        made = application(cast(Any, kubernetes), SETTINGS)
        async with TestClient(TestServer(made)) as client:
            given = HTML if headers is None else headers
            response = await client.request(method, path, headers=given, allow_redirects=False)
            return response, await response.text()

    return asyncio.run(once())


def touched(kubernetes: FakeKubernetes) -> datetime | None:
    text = kubernetes.objects[MINE]["metadata"]["annotations"].get(ACTIVITY_ANNOTATION)
    return None if text is None else moment(text)


def test_opening_one_that_is_asleep_wakes_it_and_says_so() -> None:
    asleep = cluster()
    response, text = ask(asleep, "/env/mine/dags?search=x")
    assert response.status == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "mine wakes up" in text
    assert '<meta http-equiv="refresh"' in text
    found = touched(asleep)
    assert found is not None
    assert datetime.now(UTC) - found < timedelta(minutes=1)


def test_a_page_that_refreshes_itself_asks_to_wake_once_and_again_if_that_had_no_effect() -> None:
    asleep = cluster()
    ask(asleep)
    assert "mine wakes up" in ask(asleep)[1]
    assert asleep.touches == 1
    asleep.objects[MINE]["metadata"]["annotations"][ACTIVITY_ANNOTATION] = "2026-11-25T10:00:00Z"
    ask(asleep)
    assert asleep.touches == 2


def test_an_annotation_that_is_no_time_is_replaced() -> None:
    asleep = cluster(annotations={ACTIVITY_ANNOTATION: "yesterday"})
    ask(asleep)
    assert touched(asleep) is not None


def test_a_program_wakes_it_too_and_is_answered_in_json() -> None:
    asleep = cluster()
    response, _ = ask(asleep, "/env/mine/api/v2/dags", headers={"Accept": "application/json"})
    assert (response.status, response.content_type) == (503, "application/json")
    assert asleep.touches == 1


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {}),
        ("PUT", HTML),
        ("DELETE", {}),
        ("OPTIONS", {}),
        ("GET", {"Sec-Fetch-Dest": "empty"}),
        ("GET", {**HTML, "Sec-Purpose": "prefetch;prerender"}),
    ],
)
def test_a_request_that_does_not_mean_to_open_it_lets_it_sleep(method: str, headers: dict[str, str]) -> None:
    asleep = cluster()
    response, _ = ask(asleep, method=method, headers=headers)
    assert response.status == 503
    assert asleep.touches == 0


def test_a_head_wakes_and_has_no_body() -> None:
    asleep = cluster()
    response, text = ask(asleep, method="HEAD")
    assert (response.status, text, asleep.touches) == (503, "", 1)


def test_what_its_owner_has_put_to_sleep_its_owner_wakes() -> None:
    asleep = cluster(asleep=True)
    response, text = ask(asleep)
    assert response.status == 503
    assert "longshore env wake mine" in text
    assert asleep.touches == 0


@pytest.mark.parametrize("phase", [None, "Pending", "Progressing", "Ready", "Degraded"])
def test_one_that_is_awake_says_how_far_it_is(phase: str | None) -> None:
    awake = cluster(phase)
    response, text = ask(awake)
    assert response.status == 503
    assert (phase or "Pending") in text
    assert '<meta http-equiv="refresh"' in text
    assert awake.touches == 0


def test_the_page_shows_conditions_as_text() -> None:
    _, text = ask(cluster("Degraded"))
    assert "It is &lt;asleep&gt; &amp; well." in text
    assert "<asleep>" not in text


def test_json_has_phase_and_conditions() -> None:
    async def once() -> dict[str, Any]:
        async with TestClient(TestServer(application(cast(Any, cluster("Degraded")), SETTINGS))) as client:
            return dict(await (await client.get("/env/mine")).json())

    found = asyncio.run(once())
    assert (found["phase"], found["conditions"]) == ("Degraded", [READY])


def test_one_that_is_not_there_is_not_found_and_tells_how_to_make_it() -> None:
    response, text = ask(FakeKubernetes(), "/env/other/")
    assert response.status == 404
    assert "longshore env create other" in text
    assert "refresh" not in text
    assert "Retry-After" not in response.headers


def test_one_that_is_being_deleted_is_not_woken() -> None:
    going = cluster(deleted=True)
    response, text = ask(going)
    assert response.status == 404
    assert "being deleted" in text
    assert going.touches == 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/env",
        "/env/",
        "/other/mine",
        "/env/%3Cscript%3Ealert(1)%3C/script%3E",
        "/env/..%2Fsecrets",
        "/env/Mine",
        "/env/a.b/",
        "/env/-a/",
        "/env/mine%00/",
        "/env/mine%0A/",
        "/env/%F0%9F%90%98/",
        "/env/" + "a" * 300,
    ],
)
def test_a_hostile_name_is_not_found(path: str) -> None:
    asleep = cluster()
    response, text = ask(asleep, path)
    assert response.status == 404
    assert "<script>" not in text
    assert not re.search("a{60}", text)
    assert asleep.touches == 0


def test_a_cluster_that_does_not_answer_is_no_reason_to_show_its_message() -> None:
    class Away(FakeKubernetes):
        async def get(self, where: str) -> dict[str, Any] | None:
            raise KubernetesError(f"The API server refused GET {where}", status=500)

    response, text = ask(Away())
    assert response.status == 503
    assert "/apis/" not in text


def test_it_serves_until_it_is_left_and_says_when_its_port_is_taken() -> None:
    async def twice() -> None:
        fake, port = cast(Any, cluster()), unused_port()
        async with serving(fake, SETTINGS, port=port):
            async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/env/mine") as response:
                assert response.status == 503
            with pytest.raises(ConfigurationError, match=str(port)):
                async with serving(fake, SETTINGS, port=port):
                    pass
        async with serving(fake, SETTINGS, port=port):
            pass

    asyncio.run(twice())
