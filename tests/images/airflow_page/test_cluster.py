"""What Kubernetes refuses is told in words for people, and nothing happens to another's object."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from images.airflow_page.fake_kubernetes import FakeKubernetes, refused
from longshore_page.cluster import AccountToken, Cluster, connect, refusal
from longshore_page.exceptions import AwayError, NotAllowedError, NotFoundError, PageError, TakenError, WishError


@pytest.mark.parametrize(
    ("response", "error", "said"),
    [
        (refused(404, "NotFound", "not found", name="mine"), NotFoundError, "There is no environment 'mine'"),
        (refused(404, "NotFound", "the server could not find it"), AwayError, "installs the chart helm/environments"),
        (refused(409, "AlreadyExists", "already exists"), TakenError, "choose another name"),
        (refused(409, "Conflict", "the UID does not match"), TakenError, "has changed meanwhile"),
        (refused(403, "Forbidden", 'User "x" cannot list'), AwayError, "environments.page.enabled"),
        (refused(500, "InternalError", "secret trace"), AwayError, "The cluster does not answer"),
        (
            refused(
                422,
                "Invalid",
                "is invalid",
                causes=[
                    {
                        "field": "spec.git.branch",
                        "message": 'Invalid value: "a \\"secret: b": spec.git.branch in body should match',
                    },
                    {"field": "<nil>", "message": 'Invalid value: "object": This name is kept; give it another.'},
                    {"field": "spec.git", "message": 'Invalid value: {"url":"secret"}: it needs a branch'},
                    {"field": "spec.owner", "message": "Required value"},
                ],
            ),
            WishError,
            "spec.git.branch in body should match. This name is kept; give it another. spec.git: it needs a branch. "
            "spec.owner: Required value.",
        ),
        (
            refused(
                403,
                "Forbidden",
                "airflowenvironments is forbidden: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: No.",
            ),
            NotAllowedError,
            "No.",
        ),
    ],
)
def test_a_refusal_is_told_in_words(response: httpx.Response, error: type[PageError], said: str) -> None:
    found = refusal(response.status_code, response.json(), name="mine")
    assert type(found) is error
    assert said in str(found)
    assert "secret" not in str(found)


def test_another_one_of_the_same_name_stays(kubernetes: FakeKubernetes) -> None:
    seen = dict(kubernetes.put("mine", owner="ada"))
    seen["metadata"] = seen["metadata"] | {"uid": "of the one before"}
    for change in (kubernetes.cluster().patch(seen, {"spec": {"asleep": True}}), kubernetes.cluster().delete(seen)):
        with pytest.raises(TakenError):
            asyncio.run(_await(change))
    assert "asleep" not in kubernetes.objects["mine"]["spec"]
    assert "deletionTimestamp" not in kubernetes.objects["mine"]["metadata"]


@pytest.mark.parametrize("failing", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_a_cluster_that_is_away_is_told(failing: Exception) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failing

    client = httpx.AsyncClient(transport=httpx.MockTransport(fail), base_url="https://kubernetes.test")
    with pytest.raises(AwayError, match="does not answer"):
        asyncio.run(Cluster(client, namespace="environments").all())


def test_what_is_no_answer_of_the_api_servers_is_told() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    client = httpx.AsyncClient(transport=transport, base_url="https://kubernetes.test")
    with pytest.raises(AwayError):
        asyncio.run(Cluster(client, namespace="environments").all())


def test_the_token_is_read_anew_for_each_request(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={"items": []})

    auth = AccountToken(tmp_path / "token")
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://kubernetes.test", auth=auth)
    cluster = Cluster(client, namespace="environments")

    async def twice() -> None:
        for token in ("first", "second\n"):
            (tmp_path / "token").write_text(token)
            await cluster.all()

    asyncio.run(twice())
    assert seen == ["Bearer first", "Bearer second"]
    (tmp_path / "token").unlink()
    with pytest.raises(AwayError, match="no account in Kubernetes"):
        asyncio.run(cluster.all())


def test_outside_of_a_cluster_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(AwayError, match="does not run in Kubernetes"):
        connect("environments", account=tmp_path)


async def _await(one: Any) -> Any:
    return await one
