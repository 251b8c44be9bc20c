"""A look asks Airflow only where it can answer, and takes silence for silence."""

import asyncio

from environments.airflow_state import AirflowState
from environments.build.values import values
from environments.observe import observe
from images.environments.conftest import World
from images.environments.world import NOW, SETTINGS, environment

STAYS = f"Refreshing bundle main\nThe bundle 'main' stays at commit {'c' * 40}: 'u' has no branch 'x': push it.\n"


def deploy(world: World, *, ready: bool) -> None:
    world.kubernetes.deploy("env-mine", values(environment(), SETTINGS, asleep=False), ready=ready)


def processor(world: World) -> None:
    labels = {"app.kubernetes.io/name": "airflow", "app.kubernetes.io/component": "dag-processor"}
    world.kubernetes.objects["/api/v1/namespaces/env-mine/pods/p"] = {
        "metadata": {"name": "p", "labels": labels},
        "spec": {"containers": [{}]},
        "status": {"phase": "Running"},
    }


def test_an_airflow_that_is_not_ready_is_not_asked(world: World) -> None:
    deploy(world, ready=False)
    seen, _ = asyncio.run(observe(environment(), world.clients))
    assert (seen.serves, seen.airflow, world.airflow.asked) == (False, None, [])


def test_one_that_does_not_answer_is_seen_as_that(world: World) -> None:
    deploy(world, ready=True)
    seen, _ = asyncio.run(observe(environment(), world.clients))
    assert (seen.serves, seen.airflow, seen.used_at) == (True, None, None)


def test_its_answer_tells_when_it_was_used(world: World) -> None:
    deploy(world, ready=True)
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW)
    seen, _ = asyncio.run(observe(environment(), world.clients))
    assert seen.used_at == NOW


def test_a_fault_of_git_is_read_from_the_dag_processors_log(world: World) -> None:
    deploy(world, ready=True)
    processor(world)
    world.kubernetes.logs["p"] = STAYS
    seen, _ = asyncio.run(observe(environment(), world.clients))
    assert seen.git_fault is not None
    assert seen.git_fault.reason == "RefNotFound"
