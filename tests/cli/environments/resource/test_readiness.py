"""The progress of an environment, from statuses that the controller writes."""

from datetime import timedelta
from typing import Any

import pytest
from cli.environments.objects import NEW, OLD, body, status
from environments.observed.airflow_state import AirflowState, ImportFailure
from environments.observed.git_log import GitFault
from environments.observed.observation import Observation
from environments.observed.pods import COMPONENTS, Workload
from environments.observed.usage import Usage
from environments.plan.lifecycle import lifecycle
from environments.status.fields import status as controllers
from images.environments.world import NOW, environment
from images.environments.world import body as controllers_body
from longshore_cli.environments.resource.readiness import Readiness, airflow_up, commit_parsed, pod_summary
from longshore_cli.environments.resource.state import State, read

UP = tuple(Workload(component=each, wanted=1, ready=1, settled=True, there=1) for each in COMPONENTS)
COMING = tuple(Workload(component=each, wanted=1, ready=0, settled=True, there=1) for each in COMPONENTS)


def of(*, later: timedelta = timedelta(0), previous: dict[str, Any] | None = None, **seen: Any) -> State:
    """The state that the controller writes after such a look."""
    found = controllers(
        environment(),
        Observation(**seen),
        lifecycle=lifecycle(environment(), last_activity=NOW, now=NOW),
        previous=previous or {},
        url="https://airflow.example/env/mine",
        last_activity=NOW,
        usage=Usage(),
        now=NOW + later,
    )
    return read({**controllers_body(), "status": {**found, "observedGeneration": 1}})


def airflow(commit: str | None, *broken: str) -> AirflowState:
    errors = tuple(ImportFailure(file=each, message="NameError") for each in broken)
    return AirflowState(commit=commit, import_errors=errors, last_activity=None)


def test_it_is_done_when_the_commit_is_parsed() -> None:
    assert commit_parsed(of(workloads=UP, airflow=airflow(NEW)), head=NEW).outcome == "done"
    assert commit_parsed(of(workloads=UP, airflow=airflow(NEW)), head=None).outcome == "done"


@pytest.mark.parametrize("head", [NEW, None])
def test_waiting_continues_while_airflow_parses(head: str | None) -> None:
    verdict = commit_parsed(of(workloads=UP, airflow=airflow(None)), head=head)
    assert verdict.outcome is None
    assert verdict.text.startswith("Airflow is up, and parses ")


def test_an_older_commit_is_not_the_newest() -> None:
    state = of(workloads=UP, airflow=airflow(OLD))
    assert commit_parsed(state, head=NEW) == Readiness(outcome=None, text="Airflow is up, and parses bbbbbbb")


def test_broken_files_count_if_they_belong_to_the_commit() -> None:
    assert commit_parsed(of(workloads=UP, airflow=airflow(NEW, "a.py")), head=NEW).text == "a.py cannot be imported"
    assert commit_parsed(of(workloads=UP, airflow=airflow(None, "a.py")), head=NEW).outcome == "broken"
    assert commit_parsed(of(workloads=UP, airflow=airflow(NEW, "a.py")), head=None).outcome == "broken"
    assert commit_parsed(of(workloads=UP, airflow=airflow(OLD, "a.py")), head=NEW).outcome is None


def test_missing_parts_are_shown_while_it_starts() -> None:
    assert airflow_up(of()).text.startswith("Pending: Not ready: api-server, ")
    assert airflow_up(of(workloads=COMING)).text.startswith("Progressing: Not ready: api-server, ")
    assert airflow_up(read(body())).text == "Pending"


def test_failing_pods_may_still_become_ready() -> None:
    verdict = airflow_up(of(workloads=COMING, troubles=("scheduler: ImagePullBackOff",)))
    assert (verdict.outcome, verdict.text) == (None, "Degraded: scheduler: ImagePullBackOff")


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("InvalidSpec", "refused"),
        ("QuotaExceeded", "refused"),
        ("NameTaken", "refused"),
        ("ReleaseFailed", "failed"),
        ("Waiting", None),
        ("DatabaseFailed", None),
    ],
)
def test_a_permanent_failure_ends_the_wait(reason: str, end: str | None) -> None:
    assert airflow_up(of(failure=(reason, "because"))).outcome == end


def test_an_airflow_that_does_not_start_in_time_has_failed() -> None:
    first = of(workloads=COMING)
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "PodsChange", "lastTransitionTime": NOW.isoformat()}
    ]
    assert first.phase == "Progressing"
    late = of(workloads=COMING, previous={"conditions": conditions}, later=timedelta(minutes=6))
    assert airflow_up(late).outcome == "failed"


def test_a_failure_of_an_older_spec_does_not_count() -> None:
    changed = body(status("Degraded", degraded=("True", "InvalidSpec")))
    changed["metadata"]["generation"] = 2
    assert airflow_up(read(changed)).outcome is None


def test_an_unreadable_branch_ends_the_wait_unless_it_is_known_to_exist() -> None:
    state = of(workloads=UP, airflow=airflow(None), git_fault=GitFault(reason="RefNotFound", message="no branch"))
    assert commit_parsed(state, head=None) == Readiness(outcome="failed", text="RefNotFound: no branch")
    assert commit_parsed(state, head=NEW) == Readiness(
        outcome=None, text="Airflow is up, and parses bbbbbbb (no branch)"
    )


def test_terminating_pods_are_not_counted() -> None:
    ready = {"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    leaving = {"metadata": {"deletionTimestamp": "2026"}, "status": ready["status"]}
    assert pod_summary([ready, {"metadata": {}}, leaving]) == "1 of 2 pods ready"
    assert pod_summary([leaving]) == ""
