"""The status says what an owner wants to know, and its conditions are Kubernetes'."""

from datetime import timedelta
from typing import Any

from environments.observed.airflow_state import AirflowState, ImportFailure
from environments.observed.git_log import GitFault
from environments.observed.observation import Observation
from environments.observed.pods import COMPONENTS, Workload
from environments.observed.usage import Usage
from environments.plan.lifecycle import lifecycle
from environments.status.fields import refused, removing, status
from images.environments.world import NOW, environment

COMMIT = "c" * 40
UP = tuple(Workload(component=each, wanted=1, ready=1, settled=True, there=1) for each in COMPONENTS)
COMING = tuple(Workload(component=each, wanted=1, ready=0, settled=True, there=1) for each in COMPONENTS)
DOWN = tuple(Workload(component=each, wanted=0, ready=0, settled=True, there=0) for each in COMPONENTS)
ROLLING = tuple(Workload(component=each, wanted=1, ready=1, settled=False, there=2) for each in COMPONENTS)
"""Others come beside those that run."""
ANSWER = AirflowState(commit=COMMIT, import_errors=(), last_activity=None)


def of(observation: Observation, *, previous: dict[str, Any] | None = None, later: float = 0, **spec: Any) -> Any:
    one, now = environment(**spec), NOW + timedelta(seconds=later)
    plan = lifecycle(one, last_activity=NOW, now=now)
    return status(
        one,
        observation,
        lifecycle=plan,
        previous=previous or {},
        url="https://airflow.example/env/mine",
        last_activity=NOW,
        usage=Usage(),
        now=now,
    )


def condition(found: Any, kind: str) -> Any:
    return next(each for each in found["conditions"] if each["type"] == kind)


def test_nothing_is_there_yet() -> None:
    assert of(Observation())["phase"] == "Pending"


def test_an_environment_that_answers_is_ready() -> None:
    found = of(Observation(workloads=UP, airflow=ANSWER))
    assert (found["phase"], found["commit"], found["namespace"]) == ("Ready", COMMIT, "env-mine")
    assert condition(found, "Ready")["status"] == condition(found, "Synced")["status"] == "True"
    assert condition(found, "Degraded")["status"] == condition(found, "Progressing")["status"] == "False"


def test_pods_alone_make_it_not_ready() -> None:
    found = of(Observation(workloads=UP))
    assert found["phase"] == "Progressing"
    assert "does not answer" in condition(found, "Ready")["message"]


def test_import_errors_are_listed_and_leave_it_ready() -> None:
    broken = AirflowState(
        commit=COMMIT, import_errors=(ImportFailure(file="a.py", message="NameError"),), last_activity=None
    )
    found = of(Observation(workloads=UP, airflow=broken))
    assert found["phase"] == "Ready"
    assert found["importErrors"] == [{"file": "a.py", "message": "NameError"}]
    assert (condition(found, "Synced")["status"], condition(found, "Synced")["reason"]) == ("False", "ImportErrors")


def test_a_fault_of_git_keeps_the_commit_and_has_a_condition() -> None:
    fault = GitFault(reason="RefNotFound", message="no branch 'x'")
    found = of(Observation(workloads=UP, airflow=ANSWER, git_fault=fault))
    assert (found["phase"], found["commit"]) == ("Ready", COMMIT)
    assert condition(found, "Synced")["reason"] == "RefNotFound"


def test_the_commit_stays_while_the_next_one_is_parsed() -> None:
    between = AirflowState(commit=None, import_errors=(), last_activity=None)
    found = of(Observation(workloads=UP, airflow=between), previous={"commit": COMMIT})
    assert found["commit"] == COMMIT
    assert condition(found, "Synced")["reason"] == "Parsing"


def test_asleep_keeps_what_was_known() -> None:
    before = of(Observation(workloads=UP, airflow=ANSWER))
    found = of(Observation(workloads=DOWN), previous=before, asleep=True)
    assert (found["phase"], found["commit"]) == ("Asleep", COMMIT)
    assert condition(found, "Synced")["status"] == "True"
    assert "spec.asleep" in condition(found, "Ready")["message"]


def test_falling_asleep_takes_a_while() -> None:
    assert of(Observation(workloads=UP), asleep=True)["phase"] == "Progressing"


def test_trouble_degrades_at_once_and_says_which() -> None:
    found = of(Observation(workloads=COMING, troubles=("scheduler: ImagePullBackOff",)))
    assert found["phase"] == "Degraded"
    assert condition(found, "Degraded")["message"] == "scheduler: ImagePullBackOff"


def test_an_upgrade_goes_on_while_the_old_pods_serve_and_says_what_keeps_the_new_ones() -> None:
    found = of(Observation(workloads=ROLLING, airflow=ANSWER))
    assert (found["phase"], condition(found, "Ready")["status"]) == ("Progressing", "True")
    stuck = of(Observation(workloads=ROLLING, airflow=ANSWER, troubles=("scheduler: ImagePullBackOff",)))
    assert (stuck["phase"], condition(stuck, "Ready")["status"]) == ("Degraded", "True")
    assert condition(stuck, "Degraded")["message"] == "scheduler: ImagePullBackOff"


def test_one_that_was_rolled_back_runs_and_is_not_what_was_asked_for() -> None:
    found = of(Observation(workloads=UP, airflow=ANSWER, failure=("ReleaseFailed", "rolled back")))
    assert (found["phase"], condition(found, "Ready")["status"]) == ("Degraded", "True")


def test_what_comes_up_for_too_long_is_degraded_until_it_is_ready() -> None:
    first = of(Observation(workloads=COMING))
    assert first["phase"] == "Progressing"
    late = of(Observation(workloads=COMING), previous=first, later=301)
    assert late["phase"] == "Degraded"
    assert condition(late, "Progressing")["reason"] == "DeadlineExceeded"
    still = of(Observation(workloads=COMING), previous=late, later=400)
    assert still["phase"] == "Degraded"
    assert of(Observation(workloads=UP, airflow=ANSWER), previous=still, later=500)["phase"] == "Ready"


def test_a_spec_that_is_refused_is_degraded_with_its_reason() -> None:
    found = of(Observation(workloads=UP, airflow=ANSWER, failure=("InvalidSpec", "spec.ttl: …")))
    assert found["phase"] == "Degraded"
    assert condition(found, "Degraded")["reason"] == "InvalidSpec"


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    first = of(Observation(workloads=UP, airflow=ANSWER))
    second = of(Observation(workloads=UP, airflow=ANSWER), previous=first, later=60)
    third = of(Observation(workloads=COMING), previous=second, later=120)
    times = [condition(each, "Ready")["lastTransitionTime"] for each in (first, second, third)]
    assert times == ["2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z", "2026-11-25T12:02:00Z"]


def test_the_end_is_in_the_status_with_its_warning() -> None:
    found = of(Observation(workloads=UP, airflow=ANSWER), ttl="30h", later=7 * 3600)
    assert found["expiresAt"] == "2026-11-26T18:00:00Z"
    assert condition(found, "Expiring")["reason"] == "EndsWithin24Hours"
    assert "2026-11-26T18:00:00Z" in condition(found, "Expiring")["message"]


def test_an_object_that_cannot_be_read_says_why_and_keeps_the_rest() -> None:
    before = of(Observation(workloads=UP, airflow=ANSWER))
    found = refused("InvalidSpec", "spec.ttl: no", previous=before, generation=2, now=NOW)
    assert found["phase"] == "Degraded"
    assert condition(found, "Degraded")["message"] == "spec.ttl: no"
    assert condition(found, "Synced") == condition(before, "Synced")


def test_one_that_is_removed_says_what_it_waits_for_and_keeps_the_rest() -> None:
    before = of(Observation(workloads=UP, airflow=ANSWER))
    found = removing(None, "a job drops it", previous=before, generation=1, now=NOW)
    assert found["phase"] == "Deleting"
    assert (condition(found, "Ready")["status"], condition(found, "Ready")["message"]) == ("False", "a job drops it")
    assert condition(found, "Degraded")["status"] == "False"
    assert condition(found, "Synced") == condition(before, "Synced")
    stuck = removing("JobServerFailed", "refused", previous=found, generation=1, now=NOW)
    assert (condition(stuck, "Degraded")["status"], condition(stuck, "Degraded")["reason"]) == (
        "True",
        "JobServerFailed",
    )
    assert len(stuck["conditions"]) == len(before["conditions"])
