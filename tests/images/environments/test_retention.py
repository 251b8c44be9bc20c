"""Rows made in an environment pass to the next one of its owner and name, through crashes, and to no other."""

import asyncio
from typing import Any

import pytest
from environments.build.retained_rows import secret_name
from environments.exceptions import EnvironmentsError, RetentionError
from images.environments.conftest import World
from images.environments.world import NOW, environment

VARIABLE, LATER = {"key": "a", "val": "gAAA", "is_encrypted": True}, {"key": "b", "val": "x", "is_encrypted": False}


def up(world: World, uid: str, **spec: Any) -> None:
    """It is made, and looked at until it has what was kept."""
    controller, one = world.controller(), environment(uid=uid, **spec)
    asyncio.run(controller.reconcile(one, {}, now=NOW, new=True))
    asyncio.run(controller.maintain(one, {"observedGeneration": 1}, now=NOW))


def down(world: World, uid: str, **spec: Any) -> None:
    one = environment(uid=uid, **spec)
    for _ in range(5):
        try:
            asyncio.run(world.controller().remove(one, {}, now=NOW))
            break
        except RetentionError:
            raise
        except EnvironmentsError:
            gone = world.kubernetes.objects.get("/api/v1/namespaces/env-mine", {"metadata": {}})["metadata"]
            if gone.get("deletionTimestamp"):
                for where in [each for each in world.kubernetes.objects if f"{each}/".find("/env-mine/") > 0]:
                    del world.kubernetes.objects[where]
    else:
        raise AssertionError("it is not removed")


def key(world: World) -> str:
    found = world.kubernetes.objects["/api/v1/namespaces/env-mine/secrets/airflow-keys"]
    return str(found["data"]["fernet-key"])


def kept(world: World) -> set[str]:
    return {name for name in world.kubernetes.names("secrets", "environments") if name.startswith("environment-kept-")}


def test_the_next_one_has_it_and_the_key_that_reads_it(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    first = key(world)
    down(world, "uid-1")
    assert kept(world) == {secret_name(environment())}
    up(world, "uid-2")
    assert world.retained.rows["uid-2"]["variable"] == [VARIABLE]
    assert key(world) == first


def test_another_owner_gets_neither_rows_nor_key(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    first = key(world)
    down(world, "uid-1")
    up(world, "uid-2", owner="bob")
    assert "uid-2" not in world.retained.rows
    assert key(world) != first
    down(world, "uid-2", owner="bob")
    up(world, "uid-3")
    assert world.retained.rows["uid-3"]["variable"] == [VARIABLE]


def test_what_is_deleted_later_does_not_come_back(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    up(world, "uid-2")
    world.retained.rows["uid-2"] = {}
    up(world, "uid-2")  # another controller
    assert world.retained.rows["uid-2"] == {}
    down(world, "uid-2")
    assert kept(world) == set()


def test_one_that_ends_before_it_is_up_loses_nothing(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    world.helm.ready = False
    up(world, "uid-2")
    world.retained.rows["uid-2"] = {"variable": [LATER]}
    down(world, "uid-2")
    world.helm.ready = True
    up(world, "uid-3")
    assert world.retained.rows["uid-3"]["variable"] == [VARIABLE, LATER]


def test_a_crash_after_the_database_is_gone_loses_nothing(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    with pytest.raises(EnvironmentsError, match="being removed"):
        asyncio.run(world.controller().remove(environment(), {}, now=NOW))
    world.retained.rows["uid-1"] = {}
    assert world.databases.known == {}
    down(world, "uid-1")
    assert kept(world)


def test_where_the_namespace_was_removed_by_hand_what_is_not_encrypted_is_kept(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE, LATER]}
    for where in [each for each in world.kubernetes.objects if f"{each}/".find("/env-mine/") > 0]:
        del world.kubernetes.objects[where]
    down(world, "uid-1")
    up(world, "uid-2")
    assert world.retained.rows["uid-2"]["variable"] == [LATER]


def test_what_is_to_be_forgotten_goes(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    up(world, "uid-2")
    down(world, "uid-2", annotations={"longshore.dev/forget": "true"})
    assert kept(world) == set()


def test_too_much_stops_the_end_while_airflow_is_there_to_make_room(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [{"key": "big", "val": "x" * 2_000_000}]}
    with pytest.raises(RetentionError, match="--forget"):
        down(world, "uid-1")
    assert world.helm.uninstalled == []
    assert "env_mine" in world.databases.known
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    assert kept(world)


def test_what_cannot_be_given_back_is_told_and_tried_again(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    world.retained.refuses = "no such column"
    controller, one = world.controller(), environment(uid="uid-2")
    asyncio.run(controller.reconcile(one, {}, now=NOW, new=True))
    seen = asyncio.run(controller.maintain(one, {"observedGeneration": 1}, now=NOW))
    assert seen.status["phase"] == "Degraded"
    assert "no such column" in str(seen.status["conditions"])
    world.retained.refuses = ""
    seen = asyncio.run(controller.maintain(one, {"observedGeneration": 1}, now=NOW))
    assert seen.status["phase"] != "Degraded"
    assert world.retained.rows["uid-2"]["variable"] == [VARIABLE]


def test_retained_rows_cannot_be_read_as_a_repositorys_secret(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    down(world, "uid-1")
    (name,) = kept(world)
    git = {"url": "https://h/d", "branch": "b", "credentialsSecret": name}
    with pytest.raises(EnvironmentsError, match="There is no Secret"):
        up(world, "uid-2", owner="bob", git=git)


def test_what_was_kept_before_the_namespace_went_stays_with_its_key(world: World) -> None:
    up(world, "uid-1")
    world.retained.rows["uid-1"] = {"variable": [VARIABLE]}
    first = key(world)
    world.job_server.waits = "a job drops the schema"
    with pytest.raises(EnvironmentsError, match="a job drops"):
        asyncio.run(world.controller().remove(environment(), {}, now=NOW))
    for where in [each for each in world.kubernetes.objects if f"{each}/".find("/env-mine/") > 0]:
        del world.kubernetes.objects[where]
    world.job_server.waits = ""
    down(world, "uid-1")
    up(world, "uid-2")
    assert world.retained.rows["uid-2"]["variable"] == [VARIABLE]
    assert key(world) == first
