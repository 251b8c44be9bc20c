"""Events of clusters that this machine does not have: lost executors, dynamic allocation, damaged lines."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from emr_containers.sizing.event_logs.exceptions import EventLogError
from emr_containers.sizing.event_logs.reader import read_local_profile, read_profile
from emr_containers.sizing.profile import Profile
from hypothesis import given
from hypothesis import strategies as st


def profile_of(*events: dict[str, Any] | bytes) -> Profile:
    """The profile of a log of these events; bytes are lines as they are."""
    lines = [
        event if isinstance(event, bytes) else json.dumps(event, separators=(",", ":")).encode() for event in events
    ]
    return read_profile([("app", lambda: io.BytesIO(b"\n".join(lines) + b"\n"))])


def added(executor: str, at: int, *, cores: int = 2) -> dict[str, Any]:
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": at,
        "Executor ID": executor,
        "Executor Info": {"Host": "h", "Total Cores": cores},
    }


def removed(executor: str, at: int, reason: str) -> dict[str, Any]:
    return {
        "Event": "SparkListenerExecutorRemoved",
        "Timestamp": at,
        "Executor ID": executor,
        "Removed Reason": reason,
    }


def task(*, stage: int = 0, took: int = 1000, end: dict[str, Any] | None = None, **metrics: Any) -> dict[str, Any]:
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Task End Reason": end or {"Reason": "Success"},
        "Task Info": {"Executor ID": "1", "Launch Time": 0, "Finish Time": took},
        "Task Metrics": {"Executor Run Time": took, **metrics},
    }


START = {"Event": "SparkListenerTaskStart", "Stage ID": 0}
END = {"Event": "SparkListenerApplicationEnd", "Timestamp": 10_000}


def test_executors_are_counted_over_time_and_by_the_cause_of_their_loss() -> None:
    executors = profile_of(
        added("driver", 0),
        added("1", 0),
        added("2", 1000, cores=4),
        removed("2", 3000, "Command exited with code 137"),
        removed("9", 3000, "never seen"),
        added("3", 4000),
        removed("3", 6000, "Executor killed by driver."),
        END,
    ).executors
    assert (executors.started, executors.most, executors.cores) == (3, 2, 4)
    assert executors.up_ms == 10_000 + 2000 + 2000
    assert executors.core_ms == 20_000 + 8000 + 4000
    assert executors.lost == {"container": 1}


def test_failed_tasks_are_counted_by_cause_and_killed_copies_are_not() -> None:
    profile = profile_of(
        task(end={"Reason": "ExceptionFailure", "Class Name": "java.lang.OutOfMemoryError", "Description": "heap"}),
        task(end={"Reason": "ExecutorLostFailure", "Loss Reason": "Command exited with code 137"}),
        task(end={"Reason": "ExceptionFailure", "Class Name": "java.lang.ArithmeticException"}),
        task(end={"Reason": "TaskKilled", "Kill Reason": "another attempt succeeded"}),
        {"Event": "SparkListenerJobEnd", "Completion Time": 1, "Job Result": {"Result": "JobFailed"}},
    )
    assert profile.failures == {"heap": 1, "container": 1, "other": 1}
    assert (profile.work.tasks, profile.work.failed, profile.failed_jobs) == (4, 3, 1)
    assert profile.failed_by == "other"
    assert profile.lacked_memory
    assert not profile.complete


def test_skew_and_collection_are_shares_of_the_tasks_time() -> None:
    work = profile_of(*(task(took=100) for _ in range(9)), task(took=1100, **{"JVM GC Time": 500})).work
    assert work.skew == pytest.approx(1100 * 10 / 2000)
    assert work.gc_share == pytest.approx(0.25)


def test_tasks_at_the_same_time_are_counted_also_where_the_log_has_lost_a_start() -> None:
    assert profile_of(task(), START, START, task(), START, task(), task(), START).most_tasks == 2


def test_a_core_whose_next_task_is_logged_before_the_end_of_the_last_one_counts_once() -> None:
    assert profile_of(added("1", 0, cores=1), START, START, task(), START, task(), task()).most_tasks == 1


def test_peaks_of_a_stage_are_those_of_the_processes_that_ran_its_tasks() -> None:
    def looked_at(executor: str, heap: int) -> dict[str, Any]:
        metrics = {"Executor ID": executor, "Stage ID": 0, "Executor Metrics": {"JVMHeapMemory": heap}}
        return {"Event": "SparkListenerStageExecutorMetrics", **metrics}

    looks = (looked_at("driver", 900), looked_at("1", 100))
    apart, local = profile_of(added("1", 0), *looks), profile_of(looks[0])
    assert (apart.driver.heap, apart.executor.heap, apart.stages[0].peaks.heap) == (900, 100, 100)
    assert (local.driver.heap, local.executor.heap, local.stages[0].peaks.heap) == (900, 0, 900)


def test_a_property_that_is_no_size_is_not_kept() -> None:
    properties = {"spark.executor.memory": "4g", "spark.hadoop.fs.s3a.secret.key": "hidden"}
    for form in (properties, [[*pair] for pair in properties.items()]):  # Spark 4, and before 2.2
        profile = profile_of({"Event": "SparkListenerEnvironmentUpdate", "Spark Properties": form})
        assert profile.properties == {"spark.executor.memory": "4g"}


def test_lines_that_are_no_events_are_counted_and_those_around_them_are_read() -> None:
    profile = profile_of(
        task(),
        b'{"Event":"SparkListenerTaskEnd","Stage ID":0,"Task En',
        b"24/01/01 INFO SparkContext: hello",
        b"",
        b'{"Event":"SparkListenerTaskEnd","Stage ID":"text"}',
        b'{"Event":"com.example.OwnEvent","of":"another listener"}',
        b'{"Event":"',
        task(),
        END,
    )
    assert (profile.work.tasks, profile.unread, profile.complete) == (2, 4, True)


def test_an_application_of_many_stages_keeps_those_that_needed_most() -> None:
    tasks = [task(stage=stage, **{"Peak Execution Memory": stage}) for stage in range(2000)]
    profile = profile_of(*tasks, task(stage=3))
    assert [stage.number for stage in profile.stages] == [*range(1999, 1991, -1)]
    assert profile.work.tasks == 2001


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_lines_give_a_profile(lines: list[bytes]) -> None:
    profile_of(*lines, *(b'{"Event":"SparkListenerTaskEnd",' + line for line in lines))


def test_a_part_that_is_damaged_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "eventlog_v2_app"
    folder.mkdir()
    (folder / "events_1_app").write_text(json.dumps(task(), separators=(",", ":")) + '\n{"Event":"Spark')
    (folder / "events_2_app.zstd").write_bytes(b"not compressed")
    (folder / "events_3_app.snappy").write_bytes(b"")
    (folder / "events_4_app").write_text(json.dumps(END, separators=(",", ":")))
    profile = read_local_profile(folder)
    assert (profile.work.tasks, profile.complete, profile.unread) == (1, True, 1)
    assert [problem.partition(":")[0] for problem in profile.problems] == ["events_2_app.zstd", "events_3_app.snappy"]


def test_a_place_without_a_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(EventLogError, match="There is no event log at"):
        read_local_profile(tmp_path / "missing")
