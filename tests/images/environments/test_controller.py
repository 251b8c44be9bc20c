"""Environments come up, sleep, wake, are mended and end, whatever the controller went through."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from environments.controller import Controller
from environments.exceptions import EnvironmentsError, HelmError, NotYetError, SpecError
from environments.observed.airflow_state import AirflowState
from environments.requests.api_paths import path
from images.environments.conftest import World, made
from images.environments.world import NOW, environment

ANSWER = AirflowState(commit="c" * 40, import_errors=(), last_activity=None)


def reconcile(controller: Controller, previous: dict[str, Any] | None = None, **spec: Any) -> None:
    asyncio.run(controller.reconcile(environment(**spec), previous or {}, now=NOW, new=True))


def look(
    controller: Controller, previous: dict[str, Any] | None = None, *, later: timedelta = timedelta(0), **spec: Any
) -> dict[str, Any]:
    applied = {"observedGeneration": 1, **(previous or {})}
    return {**applied, **asyncio.run(controller.maintain(environment(**spec), applied, now=NOW + later)).status}


def test_an_environment_comes_up(world: World) -> None:
    controller = world.controller()
    assert look(controller, {"observedGeneration": 0})["phase"] == "Pending"
    reconcile(controller)
    world.airflow.answer = ANSWER
    found = look(controller)
    assert (found["phase"], found["commit"]) == ("Ready", "c" * 40)
    assert found["url"] == "https://airflow.example/env/mine"
    assert world.airflow.asked == ["http://airflow-api-server.env-mine:8080/env/mine"]


def test_the_first_installation_is_not_waited_for_and_an_upgrade_is(world: World) -> None:
    controller = world.controller()
    reconcile(controller)
    reconcile(controller, size="large", generation=2)
    assert [wait for _, _, wait in world.helm.upgrades] == [False, True]


def test_nothing_is_released_anew_that_is_as_it_should_be(world: World) -> None:
    reconcile(world.controller())
    reconcile(world.controller())  # as after a restart
    look(world.controller())
    assert len(world.helm.upgrades) == 1


def test_another_chart_is_released_by_the_next_controller(world: World) -> None:
    reconcile(world.controller())
    world.helm.chart_digest = "chart-2"
    reconcile(world.controller())
    assert len(world.helm.upgrades) == 2


def test_an_idle_environment_falls_asleep_and_wakes_by_a_touch(world: World) -> None:
    controller, idle = world.controller(), {"idle": "4h"}
    reconcile(controller, **idle)
    first = look(controller, **idle)
    look(controller, first, later=timedelta(hours=5), **idle)
    assert world.helm.upgrades[-1][1]["scheduler"]["replicas"] == 0
    asleep = look(controller, first, later=timedelta(hours=5), **idle)
    assert asleep["phase"] == "Asleep"
    touched = {**idle, "annotations": {"longshore.dev/activity": "2026-11-25T17:01:00Z"}}
    look(controller, asleep, later=timedelta(hours=5, minutes=1), **touched)
    assert world.helm.upgrades[-1][1]["scheduler"]["replicas"] == 1
    assert not world.helm.upgrades[-1][2]  # nothing runs that it could go back to


def test_use_keeps_it_awake(world: World) -> None:
    controller, idle = world.controller(), {"idle": "4h"}
    reconcile(controller, **idle)
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW + timedelta(hours=4))
    found = look(controller, later=timedelta(hours=5), **idle)
    assert found["lastActivityAt"] == "2026-11-25T16:00:00Z"
    assert len(world.helm.upgrades) == 1


def test_a_component_that_was_removed_comes_back(world: World) -> None:
    controller = world.controller()
    reconcile(controller)
    del world.kubernetes.objects["/apis/apps/v1/namespaces/env-mine/deployments/airflow-scheduler"]
    look(controller)
    assert world.kubernetes.names("deployments", "env-mine") >= {"airflow-scheduler"}


def test_a_policy_that_was_removed_comes_back(world: World) -> None:
    reconcile(world.controller())
    policy = "/apis/networking.k8s.io/v1/namespaces/env-mine/networkpolicies/default-deny"
    del world.kubernetes.objects[policy]
    look(world.controller())  # one that has just started mends at once
    assert policy in world.kubernetes.objects


def test_a_failed_upgrade_is_told_and_not_tried_with_every_look(world: World) -> None:
    controller = world.controller()
    reconcile(controller)
    world.helm.fails = "UPGRADE FAILED: timed out, rolled back"
    with pytest.raises(HelmError):
        reconcile(controller, size="large", generation=2)
    found = look(controller, size="large", generation=2)
    assert found["phase"] == "Degraded"
    (degraded,) = [each for each in found["conditions"] if each["type"] == "Degraded"]
    assert (degraded["reason"], degraded["message"]) == ("ReleaseFailed", world.helm.fails)
    assert len(world.helm.upgrades) == 1
    world.helm.fails = ""
    reconcile(controller, size="large", generation=2)
    world.airflow.answer = ANSWER
    assert look(controller, {"observedGeneration": 2}, size="large", generation=2)["phase"] == "Ready"


def test_a_failed_upgrade_is_tried_again_in_its_time_and_a_change_that_mends_it_ends_the_wait(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    reconcile(controller)
    triggerer = path("apps/v1", "deployments", namespace="env-mine", name="airflow-triggerer")
    world.helm.fails = "UPGRADE FAILED: timed out, rolled back"
    with pytest.raises(HelmError):
        reconcile(controller, size="large", generation=2)
    world.helm.fails = ""
    handled: dict[str, Any] = {"observedGeneration": 2}
    clock[0] = 590.0
    look(controller, handled, size="large", generation=2)
    assert len(world.helm.upgrades) == 1
    clock[0] = 601.0
    look(controller, handled, size="large", generation=2)
    assert len(world.helm.upgrades) == 2

    world.helm.fails = "UPGRADE FAILED: timed out, rolled back"
    with pytest.raises(HelmError):
        reconcile(controller, size="small", generation=3)
    world.helm.fails = ""
    reconcile(controller, size="large", generation=4)
    del world.kubernetes.objects[triggerer]
    look(controller, {"observedGeneration": 4}, size="large", generation=4)
    assert triggerer in world.kubernetes.objects  # what drifts is mended at once


def test_a_failed_upgrade_says_what_kept_its_pods_which_are_gone_by_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = world.controller()
    reconcile(controller)
    changed = environment(size="large")
    pulled = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    labels = {"app.kubernetes.io/name": "airflow", "app.kubernetes.io/component": "scheduler"}
    pod = path("v1", "pods", namespace="env-mine", name="scheduler-2")

    async def upgrade(*_: Any, **__: Any) -> None:
        world.kubernetes.objects[pod] = {
            "metadata": {"name": "scheduler-2", "labels": labels},
            "spec": {"containers": []},
            "status": {"containerStatuses": [pulled]},
        }
        await controller.maintain(changed, {}, now=NOW)
        del world.kubernetes.objects[pod]
        raise HelmError("UPGRADE FAILED, and has been rolled back")

    monkeypatch.setattr(world.helm, "upgrade", upgrade)
    with pytest.raises(HelmError):
        reconcile(controller, size="large")
    (degraded,) = [each for each in look(controller, size="large")["conditions"] if each["type"] == "Degraded"]
    assert degraded["message"] == (
        "scheduler: ImagePullBackOff no such image; UPGRADE FAILED, and has been rolled back"
    )


def test_a_spec_that_is_refused_creates_nothing(world: World) -> None:
    controller = world.controller()
    with pytest.raises(SpecError, match="production_db"):
        reconcile(controller, connections=["production_db"])
    assert not [where for where in world.kubernetes.objects if "env-mine" in where]
    found = look(controller, {"observedGeneration": 0}, connections=["production_db"])
    assert found["phase"] == "Degraded"


def over(controller: Controller, used: str, *, later: timedelta = timedelta(0)) -> bool:
    previous = {"observedGeneration": 1, "lastActivityAt": used}
    return asyncio.run(controller.maintain(environment(ttl="2h"), previous, now=NOW + later)).expired


def test_it_ends_when_its_time_is_over_and_not_before(world: World) -> None:
    controller, world.airflow.answer = world.controller(), ANSWER
    assert not over(controller, "2026-11-25T11:00:00Z")
    assert over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=1))


def test_a_controller_that_was_down_asks_before_it_ends_anything(world: World) -> None:
    reconcile(world.controller(), ttl="2h")
    later = timedelta(hours=5)
    assert not over(world.controller(), "2026-11-25T11:00:00Z", later=later)  # Airflow serves, and does not answer
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW + timedelta(hours=4))
    assert not over(world.controller(), "2026-11-25T11:00:00Z", later=later)
    world.airflow.answer = ANSWER
    assert over(world.controller(), "2026-11-25T11:00:00Z", later=later)


def test_an_airflow_that_is_silent_for_long_ends_all_the_same(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    reconcile(controller, ttl="2h")
    assert not over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=5))
    clock[0] = 601.0
    assert over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=5))


def test_a_silence_that_ended_does_not_count_for_a_later_one(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    reconcile(controller, ttl="2h")
    assert not over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=5))
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW + timedelta(hours=4))
    assert not over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=5))
    world.airflow.answer, clock[0] = None, 601.0
    assert not over(controller, "2026-11-25T11:00:00Z", later=timedelta(hours=9))


def test_a_controller_that_was_down_puts_nothing_to_sleep_that_is_used(world: World) -> None:
    reconcile(world.controller(), idle="4h")
    world.airflow.answer = AirflowState(commit=None, import_errors=(), last_activity=NOW + timedelta(hours=9))
    resumed = world.controller().reconcile(environment(idle="4h"), {}, now=NOW + timedelta(hours=10), new=False)
    asyncio.run(resumed)
    assert len(world.helm.upgrades) == 1


def test_an_end_is_of_one_object_and_of_none_that_came_later(world: World) -> None:
    where = "/apis/longshore.dev/v1alpha1/namespaces/environments/airflowenvironments/mine"
    world.kubernetes.objects[where] = {"metadata": {"uid": "uid-2"}}
    asyncio.run(world.controller().expire(environment()))
    assert where in world.kubernetes.objects
    world.kubernetes.objects[where] = {"metadata": {"uid": "uid-1"}}
    asyncio.run(world.controller().expire(environment()))
    assert where not in world.kubernetes.objects


def test_usage_is_counted_from_what_pods_ask_for(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    reconcile(controller)
    world.kubernetes.objects["/api/v1/namespaces/env-mine/pods/a"] = {
        "metadata": {"name": "a"},
        "spec": {"containers": [{"resources": {"requests": {"cpu": "500m", "memory": "2Gi"}}}]},
        "status": {"phase": "Running"},
    }
    first = look(controller, {"usage": {"cpuHours": 1.0, "memoryGibHours": 1.0}})
    assert first["usage"] == {"cpuHours": 1.0, "memoryGibHours": 1.0}
    clock[0] = 3600.0
    assert look(controller, first)["usage"] == {"cpuHours": 1.5, "memoryGibHours": 3.0}


def test_what_could_not_be_mended_is_tried_again_later(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    reconcile(controller, idle="4h")
    later = timedelta(hours=5)
    world.helm.fails = "the API server does not answer"
    assert look(controller, later=later, idle="4h")["phase"] == "Degraded"
    world.helm.fails = ""
    look(controller, later=later, idle="4h")
    assert len(world.helm.upgrades) == 1
    clock[0] = 601.0
    look(controller, later=later, idle="4h")
    assert look(controller, later=later, idle="4h")["phase"] == "Asleep"


def test_all_of_it_is_removed_by_calling_again(world: World) -> None:
    controller = world.controller()
    reconcile(controller)
    with pytest.raises(EnvironmentsError, match="being removed"):
        asyncio.run(controller.remove(environment(), {}, now=NOW))
    for where in [each for each in world.kubernetes.objects if "env-mine" in each]:
        del world.kubernetes.objects[where]
    asyncio.run(world.controller().remove(environment(), {}, now=NOW))  # another controller goes on
    assert world.databases.known == {}


def test_while_it_goes_its_status_says_what_it_waits_for(world: World) -> None:
    reconcile(world.controller())
    world.job_server.waits = "The job run r1 drops the lake schema."
    with pytest.raises(NotYetError):
        asyncio.run(world.controller().remove(environment(), {"commit": "c"}, now=NOW))
    where = "/apis/longshore.dev/v1alpha1/namespaces/environments/airflowenvironments/mine"
    shown = world.kubernetes.objects[where]["status"]
    assert shown["phase"] == "Deleting"
    ready = {each["type"]: (each["reason"], each["message"]) for each in shown["conditions"]}["Ready"]
    assert ready == ("Removing", world.job_server.waits)


def test_twenty_at_once_share_nothing_and_leave_nothing(world: World) -> None:
    names = [f"e{number}" for number in range(20)]
    controller = world.controller(environments_per_owner=30)
    before = set(world.kubernetes.objects)

    async def all_of_them() -> None:
        await asyncio.gather(
            *(controller.reconcile(environment(name, uid=name), {}, now=NOW, new=True) for name in names)
        )

    asyncio.run(all_of_them())
    assert len({uid for uid, _ in world.databases.known.values()}) == 20
    for name in names:
        with pytest.raises(EnvironmentsError):
            asyncio.run(controller.remove(environment(name, uid=name), {}, now=NOW))
        for where in [
            each for each in world.kubernetes.objects if f"env-{name}/" in each or each.endswith(f"env-{name}")
        ]:
            del world.kubernetes.objects[where]
        asyncio.run(controller.remove(environment(name, uid=name), {}, now=NOW))
    left = {each for each in world.kubernetes.objects if "airflowenvironments" not in each}
    assert left == before
    assert world.databases.known == world.job_server.clusters == {}


def test_what_comes_up_is_looked_at_often_and_what_stays_as_it_is_seldom(world: World) -> None:
    clock = [0.0]
    controller = world.controller(clock=lambda: clock[0])
    assert controller.is_due(environment(), {})
    ready = look(controller) | {"phase": "Ready"}
    clock[0] = 3.0
    assert not controller.is_due(environment(), ready)
    assert controller.is_due(environment(), ready | {"phase": "Progressing"})
    assert controller.is_due(environment(), ready | {"observedGeneration": 0})
    clock[0] = 15.0
    assert controller.is_due(environment(), ready)


@pytest.mark.parametrize("leaves", [True, False])
def test_a_look_that_began_before_the_end_makes_nothing_anew(world: World, leaves: bool) -> None:
    controller = world.controller()
    reconcile(controller)
    where = "/apis/longshore.dev/v1alpha1/namespaces/environments/airflowenvironments/mine"
    del world.kubernetes.objects[where]
    if leaves:
        going = made(environment())
        going["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
        world.kubernetes.objects[where] = going
    world.databases.known.clear()
    del world.kubernetes.objects["/apis/apps/v1/namespaces/env-mine/deployments/airflow-scheduler"]
    look(controller)
    assert world.databases.known == {}
    assert len(world.helm.upgrades) == 1


def test_a_time_to_come_is_now(world: World) -> None:
    touched = {"ttl": "72h", "annotations": {"longshore.dev/activity": "9999-12-31T00:00:00Z"}}
    assert look(world.controller(), **touched)["lastActivityAt"] == "2026-11-25T12:00:00Z"
