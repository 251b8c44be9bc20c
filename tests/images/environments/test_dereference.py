"""Everything that an object refers to is found, or the error names it with the way out."""

import asyncio

import pytest
from environments.dereference import dereference
from environments.exceptions import NotYetError
from environments.observed.secrets import texts
from images.environments.conftest import World
from images.environments.world import SETTINGS, environment


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


def test_a_secret_of_another_type_is_not_given_to_an_environment(world: World) -> None:
    private = environment(git={"url": "https://h/d", "branch": "b", "credentialsSecret": "platform-db"})
    world.kubernetes.put_secret("environments", "platform-db", {"password": "p"})
    with pytest.raises(NotYetError, match=r"'platform-db' is not of the type kubernetes\.io/basic-auth"):
        asyncio.run(dereference(private, world.clients, SETTINGS))
