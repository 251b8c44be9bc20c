"""Each step can be done again, takes what is its own, and leaves what is another's."""

import asyncio
from typing import Any

import pytest
from environments.apply import apply_objects, apply_release, claim
from environments.build import build
from environments.dereference import dereference
from environments.exceptions import NotYetError, TakenError
from environments.remove import remove
from environments.resource.spec import Environment
from environments.settings import Settings
from images.environments.conftest import World
from images.environments.world import SETTINGS, environment

NAMESPACE = "/api/v1/namespaces/env-mine"


async def make(world: World, one: Environment, settings: Settings = SETTINGS) -> None:
    await claim(one, world.clients, settings)
    found = await dereference(one, world.clients, settings)
    desired = build(one, found, settings, asleep=False)
    await apply_objects(one, desired, found.credentials, world.clients)
    await apply_release(one, desired.values, world.clients, wait=False)


def test_all_of_it_is_made(world: World) -> None:
    asyncio.run(make(world, environment()))
    made = world.kubernetes.names("secrets", "env-mine")
    assert {"airflow-database", "airflow-keys", "airflow-users", "airflow-connections"} <= made
    assert world.databases.known["env_mine"][0] == "uid-1"
    assert [namespace for namespace, _, _ in world.helm.upgrades] == ["env-mine"]
    assert world.kubernetes.objects[NAMESPACE]["metadata"]["annotations"]["longshore.dev/release"]


def test_made_again_it_keeps_its_passwords(world: World) -> None:
    asyncio.run(make(world, environment()))
    before = {at: each for at, each in world.kubernetes.objects.items() if "/secrets/" in at}
    asyncio.run(make(world, environment()))
    assert {at: each for at, each in world.kubernetes.objects.items() if "/secrets/" in at} == before


def test_rights_that_are_not_heeded_yet_are_waited_for(world: World) -> None:
    world.kubernetes.forbidden = 2
    asyncio.run(make(world, environment()))
    assert world.helm.upgrades


def test_what_was_taken_out_of_the_spec_goes(world: World) -> None:
    world.kubernetes.put_secret("environments", "token", {"password": "p"}, type_="kubernetes.io/basic-auth")
    git = {"url": "https://h/d", "branch": "b"}
    asyncio.run(make(world, environment(git={**git, "credentialsSecret": "token"})))
    assert "airflow-git" in world.kubernetes.names("secrets", "env-mine")
    world.kubernetes.put_secret("env-mine", "of-the-owners-own", {})
    asyncio.run(make(world, environment(git=git)))
    left = world.kubernetes.names("secrets", "env-mine")
    assert "airflow-git" not in left
    assert "of-the-owners-own" in left


@pytest.mark.parametrize("labels", [{}, {"longshore.dev/environment-uid": "uid-2"}])
def test_a_namespace_of_anothers_is_left_alone(world: World, labels: dict[str, str]) -> None:
    foreign: dict[str, Any] = {"metadata": {"name": "env-mine", "labels": labels, "uid": "x"}}
    world.kubernetes.objects[NAMESPACE] = foreign
    world.job_server.clusters["env-mine"] = "theirs"
    with pytest.raises(TakenError):
        asyncio.run(make(world, environment()))
    asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert world.kubernetes.objects[NAMESPACE] == foreign
    assert world.job_server.clusters == {"env-mine": "theirs"}
    assert not world.helm.uninstalled


def test_a_database_of_anothers_stays_and_stops_nothing(world: World) -> None:
    world.databases.known["env_mine"] = ("uid-2", "theirs")
    with pytest.raises(TakenError, match="env_mine"):
        asyncio.run(make(world, environment()))
    with pytest.raises(NotYetError):
        asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert world.databases.known == {"env_mine": ("uid-2", "theirs")}
    assert world.removed == []
