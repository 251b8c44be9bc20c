"""An environment is removed step by step, and what belongs to another stays."""

import asyncio
import base64
import json
from dataclasses import replace

import pytest
from environments.exceptions import NotYetError
from environments.remove import remove
from images.environments.conftest import World
from images.environments.test_apply import NAMESPACE, make
from images.environments.world import SETTINGS, environment


def gone(world: World) -> None:
    """Deletes the namespace and everything in it, as the cluster does after a while."""
    for where in [each for each in world.kubernetes.objects if each == NAMESPACE or f"{NAMESPACE}/" in each]:
        del world.kubernetes.objects[where]
    for where in [each for each in world.kubernetes.objects if "/namespaces/env-mine/" in each]:
        del world.kubernetes.objects[where]


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
