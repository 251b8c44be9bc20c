"""Rows show a job run as the API has it, with the actions that the user may do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from images.airflow_page.job_runs.people import Someone
from longshore_page.job_runs.rows import STATES, has_text, row
from longshore_page.job_runs.tasks import Task

RUN: dict[str, Any] = {
    "id": "0001",
    "virtualClusterId": "vc1",
    "name": "flights_lake.load-0123456789abcdef",
    "state": "PENDING",
    "stateDetails": "2 of 2 places are taken",
    "createdAt": datetime(2026, 11, 30, 12, tzinfo=UTC),
    "releaseLabel": "spark-4.1",
    "tags": {"longshore.dev/owner": "Ana"},
}
TASK = Task(dag_id="flights_lake", run_id="manual__2026-11-30T12:00:00+00:00", task_id="load", map_index=-1)
ANA = Someone(changes=("flights_lake",))


def test_a_run_that_waits_says_why_and_can_be_cancelled_by_who_may_change_its_task() -> None:
    shown = row(RUN, TASK, ANA, history="http://h/1")
    assert (shown["details"], shown["owner"], shown["attempt"]) == ("2 of 2 places are taken", "Ana", "")
    assert (shown["created_at"], shown["finished_at"]) == ("2026-11-30T12:00:00+00:00", None)
    assert shown["task_path"] == "dags/flights_lake/runs/manual__2026-11-30T12%3A00%3A00%2B00%3A00/tasks/load"
    assert (shown["may_cancel"], shown["may_read_log"], shown["history"]) == (True, True, "")
    assert row(RUN, TASK, Someone(sees=("flights_lake",)), history="")["may_cancel"] is False


@pytest.mark.parametrize("state", STATES)
def test_only_what_goes_on_can_be_cancelled(state: str) -> None:
    shown = row({**RUN, "state": state}, TASK, ANA, history="")
    assert shown["may_cancel"] == (state in ("PENDING", "SUBMITTED", "RUNNING"))


def test_a_run_of_no_known_task_is_an_admins() -> None:
    shown = row(RUN, None, Someone(admin=True), history="http://h/1")
    assert (shown["task"], shown["task_path"], shown["history"], shown["may_cancel"]) == ("", "", "", True)


def test_a_further_attempt_and_the_history_server_are_shown() -> None:
    tried = {**RUN, "retryPolicyConfiguration": {"maxAttempts": 3}, "retryPolicyExecution": {"currentAttemptCount": 2}}
    task = Task(dag_id="d", run_id="r", task_id="t", map_index=4, has_history=True)
    shown = row(tried, task, ANA, history="http://h/1")
    assert (shown["attempt"], shown["history"], shown["task_path"]) == (
        "2 of 3",
        "http://h/1",
        "dags/d/runs/r/tasks/t/mapped/4",
    )


@pytest.mark.parametrize(("text", "found"), [("FLIGHTS", True), ("ana", True), ("0001", True), ("other", False)])
def test_the_text_is_looked_for_in_name_owner_and_id(text: str, found: bool) -> None:
    assert has_text(RUN, text) == found
