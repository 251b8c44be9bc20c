"""`longshore sizing`: what is found by a task's name, and against a real job server that knows none."""

from pathlib import Path

import pytest
from cli.sizing.described_runs import described, task
from longshore_cli.exceptions import ApiError
from longshore_cli.sizing.tasks import find_task, replay_lines, run_lines

from .conftest import JobServer, Longshore

KNOWN = ["default/a/load", "default/b/load", "mine/a/load"]


def test_a_task_is_found_by_the_end_of_its_name_if_only_one_has_it() -> None:
    assert find_task(KNOWN, "b/load") == "default/b/load"
    assert find_task(KNOWN, "mine/a/load") == "mine/a/load"
    with pytest.raises(ApiError, match="several tasks' names: give one whole, of default/a/load, mine/a/load"):
        find_task(KNOWN, "a/load")
    with pytest.raises(ApiError, match=r"No task 'load_it'.*Known are: default/a/load"):
        find_task(KNOWN, "load_it")


def test_a_run_is_shown_with_what_it_was_given_and_used() -> None:
    sizes = {"driver_heap": 1024, "driver_overhead": 384, "executor_heap": 512, "executor_overhead": 384}
    outcome = {
        "completed": False,
        "full": "executor_heap",
        "profile": {"driver": {"heap": 200 << 20}, "executor": {"heap": 0}},
    }
    planned = {"sizes": sizes | {"executor_instances": 2}}
    run = {"jobRunId": "1", "createdAt": 0, "planned": planned, "outcome": outcome}
    assert list(run_lines({"runs": [run]})) == [
        "1970-01-01 00:00:00 1 failed, executor heap was full: driver 1024+384 MiB (used heap 200 MiB), "
        "2 executor(s) 512+384 MiB (nothing measured)"
    ]


def test_a_replay_shows_what_todays_rules_would_have_given_and_where_that_is_less_than_was_used() -> None:
    runs = [described(job_run="1"), described(job_run="2", replayed={"executor_heap": 1000})]
    assert list(replay_lines(task("a", *runs))) == [
        "1: driver 1024 MiB, planned 1024, used 256, executor 4096 MiB, planned 4096, used 1536",
        "2: driver 1024 MiB, planned 1024, used 256, executor 4096 MiB, planned 1512, used 1536 "
        "(less heap than it used)",
        "Memory in GiB-hours: given 18.000, planned 12.953, used 6.500; 1 run(s) with less heap than they used, "
        "0 without known peaks.",
    ]


def test_a_report_of_a_virtual_cluster_without_sized_runs_is_a_page_that_says_so(
    cluster: str, longshore: Longshore, tmp_path: Path
) -> None:
    done = longshore("sizing", "report", "--output", "out.html", "--virtual-cluster", cluster)
    assert (done.returncode, done.stdout) == (0, "out.html: 0 task(s), 0 run(s).\n")
    assert "No run with known peaks." in (tmp_path / "out.html").read_text()


def test_a_task_that_the_server_does_not_know_is_an_error_with_a_way_out(
    job_server: JobServer, cluster: str, longshore: Longshore
) -> None:
    for command in ("show", "explain", "simulate", "reset"):
        done = longshore("sizing", command, "dag/task", "--virtual-cluster", cluster)
        assert done.returncode == 2
        assert "No task 'dag/task' has a run" in done.stderr
        assert "Known are: none" in done.stderr
