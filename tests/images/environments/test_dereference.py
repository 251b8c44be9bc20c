"""What an object refers to is found, or its absence is told with the way out."""

import asyncio
from typing import Any

import pytest
from environments.dereference import dereference, is_of, parts, released, texts
from environments.exceptions import NotYetError, TakenError
from images.environments.conftest import World
from images.environments.world import SETTINGS, environment


def namespace(uid: str | None = "uid-1", **metadata: Any) -> dict[str, Any]:
    labels = {} if uid is None else {"longshore.dev/environment-uid": uid}
    return {"metadata": {"name": "env-mine", "labels": labels, **metadata}}


def test_a_namespace_of_another_object_is_taken() -> None:
    for uid in (None, "uid-2"):
        with pytest.raises(TakenError, match="env-mine"):
            released(namespace(uid), environment=environment())
        assert not is_of(namespace(uid), environment())


def test_one_that_is_on_its_way_out_is_waited_for() -> None:
    with pytest.raises(NotYetError, match="still being removed"):
        released(namespace("uid-of-an-earlier", deletionTimestamp="2026-11-25T12:00:00Z"), environment=environment())


def test_what_is_released_is_read_from_the_namespace() -> None:
    assert released(None, environment=environment()) is None
    assert released(namespace(), environment=environment()) is None
    marked = namespace(annotations={"longshore.dev/release": "digest"})
    assert released(marked, environment=environment()) == "digest"


def test_a_secret_that_is_missing_has_no_texts() -> None:
    assert texts(None) == {}
    assert texts({"data": {"a": "Yg=="}}) == {"a": "b"}


def test_only_what_is_named_is_taken() -> None:
    secret = {"connections.json": '{"a": 1, "production_db": 2}'}
    assert parts(secret, "connections.json", names=("a",)) == {"a": 1}
    assert parts({}, "variables.json", names=()) == {}


@pytest.mark.parametrize("text", ["{", "[]", "null", "{}"])
def test_what_is_named_and_not_there_is_told(text: str) -> None:
    with pytest.raises(NotYetError, match=r"connections\.json"):
        parts({"connections.json": text}, "connections.json", names=("a",))


def test_connections_are_the_base_and_what_was_asked_for(world: World) -> None:
    found = asyncio.run(dereference(environment(connections=["flights_db"]), world.clients, SETTINGS))
    assert list(found.connections) == ["aws_default", "longshore_s3", "flights_db"]
    assert found.virtual_cluster_id == "cluster-of-env-mine"
    assert set(found.copies) == {"job-connections", "s3-credentials"}


def test_a_repositorys_secret_that_is_missing_is_named(world: World) -> None:
    private = environment(git={"url": "https://h/d", "branch": "b", "credentialsSecret": "token"})
    with pytest.raises(NotYetError, match=r"no Secret 'token' in the namespace 'environments'"):
        asyncio.run(dereference(private, world.clients, SETTINGS))
    secret = {"username": "git", "password": "p", "other": "o"}
    world.kubernetes.put_secret("environments", "token", secret, type_="kubernetes.io/basic-auth")
    found = asyncio.run(dereference(private, world.clients, SETTINGS)).git
    assert texts({"data": found}) == {"username": "git", "password": "p"}


def test_a_secret_that_is_for_something_else_is_given_to_nobody(world: World) -> None:
    private = environment(git={"url": "https://h/d", "branch": "b", "credentialsSecret": "platform-db"})
    world.kubernetes.put_secret("environments", "platform-db", {"password": "p"})
    with pytest.raises(NotYetError, match=r"'platform-db' is not of the type kubernetes\.io/basic-auth"):
        asyncio.run(dereference(private, world.clients, SETTINGS))
