"""How far an environment is, by the statuses that the controller writes."""

from datetime import timedelta
from typing import Any

import pytest
from environments.airflow_state import AirflowState, ImportFailure
from environments.git_log import GitFault
from environments.lifecycle import lifecycle
from environments.pods import COMPONENTS, Workload
from environments.status import Observation, Usage
from environments.status import status as controllers
from images.environments.world import NOW, environment
from images.environments.world import body as controllers_body
from longshore_cli.environments.judging import Verdict, parsed, pods_shown, up
from longshore_cli.environments.state import State, read

from .objects import NEW, OLD, body, status

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
    assert parsed(of(workloads=UP, airflow=airflow(NEW)), head=NEW).end == "done"
    assert parsed(of(workloads=UP, airflow=airflow(NEW)), head=None).end == "done"


@pytest.mark.parametrize("head", [NEW, None])
def test_it_goes_on_while_airflow_parses(head: str | None) -> None:
    verdict = parsed(of(workloads=UP, airflow=airflow(None)), head=head)
    assert verdict.end is None
    assert verdict.text.startswith("Airflow is up, and parses ")


def test_an_older_commit_is_not_the_newest() -> None:
    state = of(workloads=UP, airflow=airflow(OLD))
    assert parsed(state, head=NEW) == Verdict(end=None, text="Airflow is up, and parses bbbbbbb")


def test_broken_files_count_when_they_are_of_the_commit() -> None:
    assert parsed(of(workloads=UP, airflow=airflow(NEW, "a.py")), head=NEW).text == "a.py cannot be imported"
    assert parsed(of(workloads=UP, airflow=airflow(None, "a.py")), head=NEW).end == "broken"
    assert parsed(of(workloads=UP, airflow=airflow(NEW, "a.py")), head=None).end == "broken"
    assert parsed(of(workloads=UP, airflow=airflow(OLD, "a.py")), head=NEW).end is None


def test_what_is_missing_is_told_while_it_comes_up() -> None:
    assert up(of()).text.startswith("Pending: Not ready: api-server, ")
    assert up(of(workloads=COMING)).text.startswith("Progressing: Not ready: api-server, ")
    assert up(read(body())).text == "Pending"


def test_pods_that_fail_may_still_come() -> None:
    verdict = up(of(workloads=COMING, troubles=("scheduler: ImagePullBackOff",)))
    assert (verdict.end, verdict.text) == (None, "Degraded: scheduler: ImagePullBackOff")


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
def test_a_failure_ends_it_where_nothing_comes_of_waiting(reason: str, end: str | None) -> None:
    assert up(of(failure=(reason, "because"))).end == end


def test_what_does_not_come_up_in_time_has_failed() -> None:
    first = of(workloads=COMING)
    conditions = [
        {"type": "Progressing", "status": "True", "reason": "PodsChange", "lastTransitionTime": NOW.isoformat()}
    ]
    assert first.phase == "Progressing"
    late = of(workloads=COMING, previous={"conditions": conditions}, later=timedelta(minutes=6))
    assert up(late).end == "failed"


def test_an_older_specs_failure_is_none() -> None:
    changed = body(status("Degraded", degraded=("True", "InvalidSpec")))
    changed["metadata"]["generation"] = 2
    assert up(read(changed)).end is None


def test_a_branch_that_cannot_be_read_ends_it_unless_it_is_known_to_be_there() -> None:
    state = of(workloads=UP, airflow=airflow(None), git_fault=GitFault(reason="RefNotFound", message="no branch"))
    assert parsed(state, head=None) == Verdict(end="failed", text="RefNotFound: no branch")
    assert parsed(state, head=NEW) == Verdict(end=None, text="Airflow is up, and parses bbbbbbb (no branch)")


def test_pods_are_counted_without_those_that_leave() -> None:
    ready = {"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    leaving = {"metadata": {"deletionTimestamp": "2026"}, "status": ready["status"]}
    assert pods_shown([ready, {"metadata": {}}, leaving]) == "1 of 2 pods ready"
    assert pods_shown([leaving]) == ""
