"""Refusals of Kubernetes are explained to users, and no other object is changed."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from images.airflow_page.fake_kubernetes import Answer, FakeClient, FakeKubernetes, refused
from longshore_libs.exceptions import TokenError
from longshore_page.cluster import Cluster, connect, refusal
from longshore_page.exceptions import (
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    PageError,
    TakenError,
    UnavailableError,
)
from transfers.certificates import authority


@pytest.mark.parametrize(
    ("response", "error", "said"),
    [
        (refused(404, "NotFound", "not found", name="mine"), NotFoundError, "environment 'mine' does not exist"),
        (
            refused(404, "NotFound", "the server could not find it"),
            UnavailableError,
            "install the chart helm/environments",
        ),
        (refused(409, "AlreadyExists", "already exists"), TakenError, "choose another name"),
        (refused(409, "Conflict", "the UID does not match"), TakenError, "has changed in the meantime"),
        (refused(403, "Forbidden", 'User "x" cannot list'), UnavailableError, "environments.page.enabled"),
        (refused(500, "InternalError", "secret trace"), UnavailableError, "The cluster does not answer"),
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
            InvalidRequestError,
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
def test_a_refusal_is_told_in_words(response: Answer, error: type[PageError], said: str) -> None:
    found = refusal(response[0], json.loads(response[1]), name="mine")
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


@pytest.mark.parametrize("failing", [aiohttp.ClientConnectionError("refused"), TimeoutError(), OSError("reset")])
def test_a_cluster_that_is_away_is_told(failing: Exception) -> None:
    def fail(*_: Any) -> Answer:
        raise failing

    with pytest.raises(UnavailableError, match="does not answer"):
        asyncio.run(Cluster(FakeClient(fail), namespace="environments").all())


def test_what_is_no_answer_of_the_api_servers_is_told() -> None:
    with pytest.raises(UnavailableError, match="does not answer"):
        asyncio.run(Cluster(FakeClient(lambda *_: (200, b"<html>")), namespace="environments").all())


def test_an_account_that_is_gone_is_told() -> None:
    def fail(*_: Any) -> Answer:
        raise TokenError("the token 't' is empty")

    with pytest.raises(UnavailableError, match="no account in Kubernetes"):
        asyncio.run(Cluster(FakeClient(fail), namespace="environments").all())


def test_a_pod_without_a_token_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "10.96.0.1", "PORT": "443"}.items():
        monkeypatch.setenv(f"KUBERNETES_SERVICE_{name}", value)
    authority("kubernetes").write_certificate(tmp_path / "ca.crt")
    with pytest.raises(UnavailableError, match="no account in Kubernetes"):
        connect("environments", account=tmp_path)


def test_outside_of_a_cluster_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="does not run in Kubernetes"):
        connect("environments", account=tmp_path)


async def _await(one: Any) -> Any:
    return await one
