"""The key of an append: the same for all tries, and another once a task that had succeeded is cleared."""

from typing import Any

import pytest

from .case import Case
from .faulty_airflow import FaultyAirflow

WAYS = ("append", "append_on_worker")


@pytest.fixture(scope="module")
def cases(airflow: FaultyAirflow) -> dict[str, Case]:
    """All tasks with their first job runs under way."""
    client = airflow.servers["aws_default"].client
    names = ("run", "source", "target", "mode", "commit_key")
    client.create_job_template(
        name="append",
        clientToken="append",
        jobTemplateData={
            "releaseLabel": "shell",
            "executionRoleArn": "arn:aws:iam::000000000000:role/longshore-job",
            "jobDriver": {
                "sparkSubmitJobDriver": {
                    "entryPoint": "local:///opt/longshore/wait_for.sh",
                    "entryPointArguments": ["${run}", "${commit_key}", "${target}", "${source}", "${mode}"],
                }
            },
            "parameterConfiguration": {name: {"type": "STRING"} for name in names},
        },
    )
    ways = {**{way: way for way in WAYS}, "retried": "append", "marked": "append", "mapped": "append_mapped"}
    started = {name: airflow.start(way) for name, way in ways.items()}
    started["mapped"].wait("both have job runs", lambda case: case.states() == ["RUNNING", "RUNNING"])
    for name in ways.keys() - {"mapped"}:
        started[name].wait_for_jobs("RUNNING")
    return started


@pytest.mark.parametrize("way", WAYS)
def test_task_that_had_succeeded_and_is_cleared_has_another_key(cases: dict[str, Case], way: str) -> None:
    case = cases[way]
    case.finish()
    _wait_for_tag(case, 0)
    _wait_for_the_end(case)
    case.clear()
    case.wait_for_jobs("COMPLETED", "COMPLETED")
    first, second = (_key(run) for run in case.job_runs())
    assert first == f"{_digest(first)}:-"
    assert second == f"{_digest(first)}:{case.job_runs()[0]['id']}"


def test_task_that_failed_has_the_same_key_when_it_is_retried_and_when_it_is_cleared(cases: dict[str, Case]) -> None:
    case = cases["retried"]
    _fail(case, "CANCELLED", "RUNNING")  # by a retry of Airflow's own
    case.wait_for_task("deferred", try_number=2)
    _fail(case, "CANCELLED", "CANCELLED")
    case.wait_for_task("failed", try_number=2)
    _wait_for_the_end(case)
    case.clear()
    case.wait_for_jobs("CANCELLED", "CANCELLED", "RUNNING")
    case.finish()
    assert len({_key(run) for run in case.job_runs()}) == 1
    _wait_for_tag(case, 2)
    assert [_is_tagged(run) for run in case.job_runs()] == [False, False, True]


def test_task_that_a_user_marks_as_a_success_and_clears_has_another_key(cases: dict[str, Case]) -> None:
    case = cases["marked"]
    case.mark("success")
    case.wait_for_jobs("CANCELLED")
    _wait_for_tag(case, 0)
    _wait_for_the_end(case)
    case.clear()
    case.wait_for_jobs("CANCELLED", "RUNNING")
    first, second = case.job_runs()
    assert _key(second) == f"{_digest(_key(first))}:{first['id']}"


def test_each_task_of_a_mapped_one_has_a_key_of_its_own(cases: dict[str, Case]) -> None:
    case = cases["mapped"]
    (case.job_server.folder / "done" / case.run_id).touch()
    case.wait("both are tagged", lambda _: all(map(_is_tagged, case.job_runs())))
    before = case.job_runs()
    assert len({_digest(_key(run)) for run in before}) == 2
    _wait_for_the_end(case)
    body = {"dry_run": False, "dag_run_id": case.run_id, "task_ids": [["job", 1]], "only_failed": False}
    case.api.call("POST", f"dags/{case.dag_id}/clearTaskInstances", body)
    case.wait("the second is there again", lambda _: case.states() == ["COMPLETED"] * 3)
    again = case.job_runs()[-1]
    (earlier,) = (run for run in before if _target(run) == "lake.mart.b")
    assert _target(again) == "lake.mart.b"
    assert _key(again) == f"{_digest(_key(earlier))}:{earlier['id']}"


def _fail(case: Case, *states: str) -> None:
    """Ends the newest job run without its task's doing."""
    run = case.job_runs()[-1]
    case.job_server.client.cancel_job_run(id=run["id"], virtualClusterId=case.job_server.cluster)
    case.wait_for_jobs(*states)


def _wait_for_the_end(case: Case) -> None:
    """Waits for the DAG run's end: a task cleared while the scheduler is ending the run is not scheduled again."""
    run = f"dags/{case.dag_id}/dagRuns/{case.run_id}"
    case.wait("its DAG run has ended", lambda _: case.api.get(run)["state"] in ("success", "failed"))


def _wait_for_tag(case: Case, index: int) -> None:
    case.wait("its job run is tagged", lambda _: _is_tagged(case.job_runs()[index]))


def _is_tagged(run: dict[str, Any]) -> bool:
    return bool(run["tags"].get("longshore.dev/task-state") == "success")


def _key(run: dict[str, Any]) -> str:
    return str(run["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"][1])


def _target(run: dict[str, Any]) -> str:
    return str(run["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"][2])


def _digest(key: str) -> str:
    return key.partition(":")[0]
