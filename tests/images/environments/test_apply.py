"""Each step can be done again, takes what is its own, and leaves what is another's."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from environments.apply import apply_objects, apply_release, claim, remove
from environments.build import build
from environments.dereference import dereference
from environments.exceptions import NotYetError, TakenError
from environments.settings import Settings
from environments.spec import Environment
from images.environments.conftest import World
from images.environments.world import SETTINGS, environment

NAMESPACE = "/api/v1/namespaces/env-mine"


async def make(world: World, one: Environment, settings: Settings = SETTINGS) -> None:
    await claim(one, world.clients, settings)
    found = await dereference(one, world.clients, settings)
    desired = build(one, found, settings, asleep=False)
    await apply_objects(one, desired, found.credentials, world.clients)
    await apply_release(one, desired.values, world.clients, wait=False)


def gone(world: World) -> None:
    """What the cluster does after a while."""
    for where in [each for each in world.kubernetes.objects if each == NAMESPACE or f"{NAMESPACE}/" in each]:
        del world.kubernetes.objects[where]
    for where in [each for each in world.kubernetes.objects if "/namespaces/env-mine/" in each]:
        del world.kubernetes.objects[where]


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


def test_all_of_it_goes_and_the_namespace_last(world: World) -> None:
    asyncio.run(make(world, environment()))
    with pytest.raises(NotYetError, match="being removed"):
        asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert (world.helm.uninstalled, world.databases.known, world.job_server.clusters) == (["env-mine"], {}, {})
    assert world.removed == ["s3://longshore/environments/mine"]
    with pytest.raises(NotYetError):
        asyncio.run(remove(environment(), world.clients, SETTINGS))  # it is not gone yet
    assert world.helm.uninstalled == ["env-mine"]
    gone(world)
    asyncio.run(remove(environment(), world.clients, SETTINGS))


def test_the_lake_schema_goes_after_airflow_and_before_what_its_job_needs(world: World) -> None:
    asyncio.run(make(world, environment()))
    world.job_server.waits = "a job drops it"
    for _ in range(2):
        with pytest.raises(NotYetError, match="a job drops it"):
            asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert world.helm.uninstalled == ["env-mine"]  # once, and it made room
    assert "job-connections" in world.kubernetes.names("secrets", "env-mine")
    assert (list(world.databases.known), world.removed) == (["env_mine"], [])
    world.job_server.waits = ""
    with pytest.raises(NotYetError, match="being removed"):
        asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert world.job_server.dropped == ["env-mine"]


def test_a_lake_schema_that_shall_stay_stays(world: World) -> None:
    asyncio.run(make(world, environment()))
    with pytest.raises(NotYetError):
        asyncio.run(remove(environment(keepSchema=True), world.clients, SETTINGS))
    assert (world.job_server.dropped, world.job_server.clusters) == ([], {})


def test_without_a_namespace_no_job_can_run_that_would_drop_anything(world: World) -> None:
    asyncio.run(make(world, environment()))
    gone(world)
    asyncio.run(remove(environment(), world.clients, SETTINGS))
    assert (world.job_server.dropped, world.job_server.clusters) == ([], {})


def test_jobs_write_the_lake_as_a_role_of_the_environments_own_until_their_end(world: World) -> None:
    settings = replace(SETTINGS, lake_connection="lake_catalog")
    shared = {"host": "lake-db", "schema": "lake", "login": "production", "password": "theirs"}
    world.kubernetes.put_secret("environments", "job-connections", {"lake_catalog.json": json.dumps(shared)})
    for _ in range(2):
        asyncio.run(make(world, environment(), settings))
    copy = world.kubernetes.objects[f"{NAMESPACE}/secrets/job-connections"]["data"]["lake_catalog.json"]
    own = json.loads(base64.b64decode(copy))
    assert own["login"] == "lake_env_mine"
    assert world.lake.known == {"lake_env_mine": ("uid-1", own["password"])}
    world.job_server.waits = "a job drops the schema"
    with pytest.raises(NotYetError, match="a job drops"):
        asyncio.run(remove(environment(), world.clients, settings))
    assert world.lake.known
    world.job_server.waits = ""
    with pytest.raises(NotYetError, match="being removed"):
        asyncio.run(remove(environment(), world.clients, settings))
    assert not world.lake.known


def test_what_was_never_made_is_removed_at_once(world: World) -> None:
    asyncio.run(remove(environment(), world.clients, SETTINGS))


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
