"""Airflow's answers give the parsed commit, import errors, and the last use."""

from datetime import timedelta
from typing import Any

from environments.observed.airflow_state import MAX_CHARACTERS, MAX_ERRORS, import_failures, latest_use, parsed_commit
from images.environments.world import NOW

OLD, NEW = "a" * 40, "b" * 40


def dag(commit: str, *, version: str | None = None) -> dict[str, Any]:
    return {"bundle_version": version or commit, "fileloc": f"/opt/airflow/bundles/main/versions/{commit}/a.py"}


def error(name: str, trace: str = "NameError: x") -> dict[str, Any]:
    return {"filename": name, "stack_trace": trace}


def test_the_commit_is_the_one_that_all_dags_are_of() -> None:
    assert parsed_commit([dag(NEW), dag(NEW)], []) == NEW


def test_while_dags_are_of_two_commits_it_is_not_known() -> None:
    assert parsed_commit([dag(NEW), dag(OLD)], []) is None


def test_what_is_stored_under_a_newer_version_than_it_was_read_from_is_of_none_yet() -> None:
    assert parsed_commit([dag(OLD, version=NEW)], []) is None


def test_where_there_is_no_dag_an_errors_trace_tells() -> None:
    trace = f'File "/opt/airflow/bundles/main/versions/{NEW}/a.py", line 1'
    assert parsed_commit([], [error("a.py", trace)]) == NEW
    assert parsed_commit([], []) is None


def test_errors_are_in_order_and_cut_to_what_the_status_holds() -> None:
    many = [error(f"{number:03}.py", "x" * 5000 + "the reason") for number in range(300, 0, -1)]
    found = import_failures(many)
    assert len(found) == MAX_ERRORS
    assert found[0].file == "001.py"
    assert len(found[0].message) == MAX_CHARACTERS
    assert found[0].message.endswith("the reason")


def test_a_running_dag_run_is_use() -> None:
    assert latest_use(running=[{"run_type": "scheduled"}], triggered=[], events=[], now=NOW) == NOW


def test_an_action_of_a_user_is_use_at_its_time() -> None:
    triggered = [{"start_date": "2026-11-25T09:00:00Z", "run_after": "2026-11-25T08:00:00Z"}]
    events = [{"when": "2026-11-25T10:00:00+00:00"}]
    assert latest_use(running=[], triggered=triggered, events=events, now=NOW) == NOW - timedelta(hours=2)


def test_a_run_that_waits_to_start_counts_from_when_it_may() -> None:
    waiting = [{"start_date": None, "run_after": "2026-11-25T11:00:00Z"}]
    assert latest_use(running=[], triggered=waiting, events=[], now=NOW) == NOW - timedelta(hours=1)


def test_without_any_use_there_is_no_last_use() -> None:
    assert latest_use(running=[], triggered=[], events=[], now=NOW) is None


def test_a_time_without_a_zone_can_be_compared() -> None:
    found = latest_use(running=[], triggered=[], events=[{"when": "2026-11-25T11:00:00"}], now=NOW)
    assert found == NOW - timedelta(hours=1)
