"""A look asks Airflow only where it can answer, and takes silence for silence."""

import asyncio
import copy
from datetime import timedelta

from environments.build.values import values
from environments.look import look, observe
from environments.memory import Memory
from environments.observed.airflow_state import AirflowState
from environments.observed.observation import Observation
from environments.plan.due import Due
from images.environments.conftest import World
from images.environments.world import NOW, SETTINGS, environment

HANDLED = {"observedGeneration": 1}
STAYS = f"Refreshing bundle main\nThe bundle 'main' stays at commit {'c' * 40}: 'u' has no branch 'x': push it.\n"


def deploy(world: World, *, ready: bool, uid: str = "uid-1") -> None:
    labels = {"longshore.dev/environment-uid": uid}
    world.kubernetes.objects["/api/v1/namespaces/env-mine"] = {"metadata": {"name": "env-mine", "labels": labels}}
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
    seen = asyncio.run(observe(environment(), world.clients))
    assert (seen.serves, seen.airflow, world.airflow.asked) == (False, None, [])


def test_one_that_does_not_answer_is_seen_as_that(world: World) -> None:
    deploy(world, ready=True)
    seen = asyncio.run(observe(environment(), world.clients))
    assert (seen.serves, seen.airflow, seen.used_at) == (True, None, None)


def test_its_answer_tells_when_it_was_used(world: World) -> None:
    deploy(world, ready=True)
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW)
    seen = asyncio.run(observe(environment(), world.clients))
    assert seen.used_at == NOW


def test_a_fault_of_git_is_read_from_the_dag_processors_log(world: World) -> None:
    deploy(world, ready=True)
    processor(world)
    world.kubernetes.logs["p"] = STAYS
    seen = asyncio.run(observe(environment(), world.clients))
    assert seen.git_fault is not None
    assert seen.git_fault.reason == "RefNotFound"


def test_a_namespace_of_another_object_is_not_looked_into(world: World) -> None:
    deploy(world, ready=True, uid="uid-2")
    seen = asyncio.run(observe(environment(), world.clients))
    assert seen == Observation(namespace=world.kubernetes.objects["/api/v1/namespaces/env-mine"])
    assert world.airflow.asked == []


def test_a_look_says_what_is_due_and_changes_nothing(world: World) -> None:
    deploy(world, ready=True)
    before = copy.deepcopy(world.kubernetes.objects)
    one, later = environment(ttl="2h"), NOW + timedelta(hours=1)
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW)
    seen = asyncio.run(look(one, HANDLED, Memory(), world.clients, SETTINGS, now=later, clock=lambda: 0.0))
    assert (seen.last_activity, seen.due) == (NOW, Due(apply=True, give_back=True))
    late = NOW + timedelta(hours=2)
    seen = asyncio.run(look(one, HANDLED, Memory(), world.clients, SETTINGS, now=late, clock=lambda: 0.0))
    assert seen.due.expire
    assert (world.kubernetes.objects, world.helm.upgrades, world.databases.known) == (before, [], {})
