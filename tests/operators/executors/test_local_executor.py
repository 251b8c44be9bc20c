"""The executor's reports to the scheduler about ended tasks, without processes (faults/airflow has those)."""

from typing import Any

import pytest
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.utils.state import TaskInstanceState
from longshore.executors.local_executor import LocalExecutor

KEY = TaskInstanceKey("dag", "task", "run", 1, -1)


@pytest.fixture
def executor() -> LocalExecutor:
    return LocalExecutor(parallelism=2)


def heard(executor: LocalExecutor, *ends: TaskInstanceState, started: int, key: TaskInstanceKey = KEY) -> list[Any]:
    """Returns the report of each end of a process, when so many were started for the key."""
    executor.started[key] += started
    told = []
    for end in ends:
        executor.change_state(key, end)
        told.append(executor.event_buffer.pop(key, (None, None))[0])
    return told


def test_end_of_a_part_is_left_out_while_the_next_runs(executor: LocalExecutor) -> None:
    success = TaskInstanceState.SUCCESS
    assert heard(executor, success, success, started=2) == [None, success]


def test_failure_is_told_whatever_else_runs(executor: LocalExecutor) -> None:
    failed, success = TaskInstanceState.FAILED, TaskInstanceState.SUCCESS
    assert heard(executor, failed, success, started=2) == [failed, success]


def test_parts_that_follow_each_other_are_each_told(executor: LocalExecutor) -> None:
    success = TaskInstanceState.SUCCESS
    assert [heard(executor, success, started=1) for _ in range(2)] == [[success], [success]]
    assert not executor.started


def test_other_tries_and_tasks_do_not_count(executor: LocalExecutor) -> None:
    executor.started[KEY._replace(try_number=2)] += 1
    executor.started[KEY._replace(map_index=0)] += 1
    assert heard(executor, TaskInstanceState.SUCCESS, started=1) == [TaskInstanceState.SUCCESS]
