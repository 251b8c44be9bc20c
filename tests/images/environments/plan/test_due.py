"""Due steps are told as data: for drift, for the passing of time, and for rows that an earlier environment left."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from environments.build.values import digest, values
from environments.exceptions import TakenError
from environments.memory import Memory
from environments.observed.airflow_state import AirflowState
from environments.observed.observation import Observation
from environments.observed.pods import COMPONENTS, Workload
from environments.plan.due import Due, can_roll_back, due, is_look_due, is_release_due
from environments.plan.lifecycle import lifecycle
from images.environments.world import NOW, SETTINGS, environment

UP = tuple(Workload(component=each, wanted=1, ready=1, settled=True, there=1) for each in COMPONENTS)
HANDLED = {"observedGeneration": 1}
ANSWER = AirflowState(commit=None, import_errors=(), last_activity=None)


def namespace(*, uid: str = "uid-1", image: str | None = None) -> dict[str, Any]:
    """The namespace after a release of this image."""
    one = environment(image=image) if image else environment()
    release = digest(values(one, SETTINGS, asleep=False), chart="chart")
    labels = {"longshore.dev/environment-uid": uid}
    return {"metadata": {"name": "env-mine", "labels": labels, "annotations": {"longshore.dev/release": release}}}


AS_IT_SHOULD_BE = Observation(namespace=namespace(), workloads=UP, airflow=ANSWER)


def applied(**changes: Any) -> Memory:
    return replace(Memory(applied_at=100.0, retained_rows_given_back=True), **changes)


def of(
    observation: Observation = AS_IT_SHOULD_BE,
    memory: Memory | None = None,
    *,
    previous: dict[str, Any] = HANDLED,
    now: float = 101.0,
    later: timedelta = timedelta(0),
    **spec: Any,
) -> Due:
    one = environment(**spec)
    plan = lifecycle(one, last_activity=NOW, now=NOW + later)
    known = applied() if memory is None else memory
    return due(one, observation, plan, known, SETTINGS, previous=previous, chart="chart", now=now)


def test_nothing_is_due_for_an_environment_as_it_should_be() -> None:
    assert of() == Due()


@pytest.mark.parametrize(
    "observation",
    [
        replace(AS_IT_SHOULD_BE, workloads=UP[1:]),
        replace(AS_IT_SHOULD_BE, namespace=namespace(image="registry.example/other:1")),
    ],
)
def test_drift_and_another_release_are_applied(observation: Observation) -> None:
    assert of(observation) == Due(apply=True)


def test_objects_beside_the_release_are_applied_again_after_a_while_and_after_a_restart() -> None:
    assert not of(now=219.0).apply
    assert of(now=220.0).apply
    assert of(memory=Memory(retained_rows_given_back=True)).apply


def test_sleep_is_applied_when_it_is_due() -> None:
    assert not of(idle="4h", later=timedelta(hours=3)).apply
    assert of(idle="4h", later=timedelta(hours=4)).apply


def test_a_change_that_is_not_handled_yet_and_a_recent_failure_are_left_to_their_retry() -> None:
    drifted = replace(AS_IT_SHOULD_BE, workloads=())
    assert not of(drifted, previous={"observedGeneration": 0}).apply
    assert not of(drifted, applied(retry_at=102.0)).apply
    assert of(drifted, applied(retry_at=102.0), now=102.0).apply


def test_an_expired_environment_is_not_repaired() -> None:
    found = of(replace(AS_IT_SHOULD_BE, workloads=()), ttl="2h", later=timedelta(hours=3))
    assert found == Due(expire=True)


def test_an_expired_environment_is_spared_while_its_airflow_is_silent() -> None:
    silent = replace(AS_IT_SHOULD_BE, airflow=None)
    expired: dict[str, Any] = {"ttl": "2h", "later": timedelta(hours=3)}
    assert not of(silent, applied(silent_since=101.0), **expired).expire
    assert of(silent, applied(silent_since=101.0), now=701.0, **expired).expire


def test_retained_rows_are_given_back_once_and_only_to_an_airflow_that_serves() -> None:
    fresh = applied(retained_rows_given_back=False)
    assert of(memory=fresh) == Due(give_back=True)
    down = tuple(replace(each, ready=0) for each in UP)
    assert of(replace(AS_IT_SHOULD_BE, workloads=down, airflow=None), fresh) == Due()


def test_nothing_is_changed_while_another_step_changes_the_environment() -> None:
    async def while_locked() -> Due:
        memory = Memory()
        async with memory.lock:
            return of(replace(AS_IT_SHOULD_BE, workloads=()), memory)

    assert asyncio.run(while_locked()) == Due()


def test_a_namespace_of_another_object_is_told() -> None:
    with pytest.raises(TakenError, match="env-mine"):
        of(replace(AS_IT_SHOULD_BE, namespace=namespace(uid="uid-2")))


def test_helm_runs_for_another_release_and_for_workloads_that_drifted() -> None:
    assert not is_release_due(UP, asleep=False, released="a", wanted="a")
    assert is_release_due(UP, asleep=False, released="a", wanted="b")
    assert is_release_due(UP, asleep=True, released="a", wanted="a")


def test_a_release_can_be_rolled_back_to_what_runs_and_to_nothing_else() -> None:
    assert can_roll_back(UP, asleep=False)
    assert not can_roll_back(UP, asleep=True)
    assert not can_roll_back((), asleep=False)
    assert not can_roll_back((*UP[1:], replace(UP[0], ready=0)), asleep=False)


def test_a_look_is_due_at_once_while_an_environment_comes_up_and_after_a_while_when_it_is_steady() -> None:
    ready, memory = {**HANDLED, "phase": "Ready"}, Memory(looked_at=100.0)
    assert is_look_due(environment(), {}, memory, now=100.0)
    assert is_look_due(environment(), {**HANDLED, "phase": "Progressing"}, memory, now=100.0)
    assert is_look_due(environment(), {**ready, "observedGeneration": 0}, memory, now=100.0)
    assert not is_look_due(environment(), ready, memory, now=114.0)
    assert is_look_due(environment(), ready, memory, now=115.0)
