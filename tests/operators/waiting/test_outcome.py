import logging
from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import JobRunCancelledError, JobRunFailedError, JobRunInvalidError
from longshore.hooks.job_run import JobRun
from longshore.waiting import outcome
from longshore.waiting.outcome import finish

JOB = "0000000000000000001"
CLUSTER = "vc0000000000000000000000001"
LOG = logging.getLogger("task")


def _finish(job_run: JobRun) -> Any:
    return finish(job_run, launched="job template 'x'", aws_conn_id="aws_default", log=LOG)


@pytest.fixture(autouse=True)
def _connection(connect: Callable[..., None], write_log: Any, caplog: pytest.LogCaptureFixture) -> None:
    connect("http://127.0.0.1:9", log_uri=write_log.uri)
    caplog.set_level(logging.INFO, "task")


def test_both_streams_are_in_the_tasks_log_and_the_result_is_returned(
    write_log: Any, caplog: pytest.LogCaptureFixture
) -> None:
    write_log.write(JOB, "stdout", b'hello\nLONGSHORE_RESULT {"sink": {"rows": 3}}\n')
    write_log.write(JOB, "stderr", b"WARN something\n")
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) == {"sink": {"rows": 3}}
    messages = [record.getMessage() for record in caplog.records if record.name == "task"]
    assert "hello" in messages
    assert "WARN something" in messages
    assert any(m.startswith("::group::The driver's stderr (file:///") for m in messages)


class Clock:
    """Time that passes while somebody sleeps; the log of a job run is written at `written`."""

    def __init__(self, write: Callable[[], None], written: float) -> None:
        self.now, self.pauses, self._write, self._written = 0.0, list[float](), write, written

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if self.now >= self._written:
            self._write()


@pytest.mark.parametrize(("written", "result", "waited"), [(20, {"rows": 1}, 25), (61, None, 60)])
@pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
def test_log_that_comes_late_is_asked_for_again_until_it_is_there_or_a_minute_is_over(
    write_log: Any, monkeypatch: pytest.MonkeyPatch, written: float, result: Any, waited: float, state: str
) -> None:
    line = b'LONGSHORE_RESULT {"rows": 1}\n'
    clock = Clock(lambda: write_log.write(JOB, "stdout", line), written)
    monkeypatch.setattr(outcome, "time", clock)
    monkeypatch.setattr(outcome, "LOG_PATIENCE", 60.0)
    if state == "COMPLETED":
        assert _finish(JobRun(JOB, CLUSTER, state)) == result
    else:
        with pytest.raises(JobRunFailedError) as caught:
            _finish(JobRun(JOB, CLUSTER, state))
        assert ("LONGSHORE_RESULT" in str(caught.value)) is (result is not None)
    assert clock.now == waited
    assert clock.pauses[:5] == [1, 2, 4, 8, 10]


@pytest.mark.parametrize(
    "job_run",
    [
        JobRun(JOB, CLUSTER, "CANCELLED"),
        JobRun(JOB, CLUSTER, "FAILED", failure_reason="VALIDATION_ERROR"),
        JobRun(JOB, CLUSTER, "FAILED", failure_reason="CLUSTER_UNAVAILABLE"),
    ],
)
def test_log_of_a_job_that_never_began_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, job_run: JobRun) -> None:
    clock = Clock(lambda: None, 0)
    monkeypatch.setattr(outcome, "time", clock)
    monkeypatch.setattr(outcome, "LOG_PATIENCE", 60.0)
    with pytest.raises((JobRunCancelledError, JobRunFailedError)):
        _finish(job_run)
    assert clock.pauses == []


def test_log_that_is_not_there_is_a_note_and_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) is None
    assert "is not there." in caplog.text


def test_connection_without_a_log_location_is_a_note(
    connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    connect("http://127.0.0.1:9")
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) is None
    assert "The connection 'aws_default' has no 'log_uri'" in caplog.text


def test_rows_that_were_there_already_are_told(write_log: Any, caplog: pytest.LogCaptureFixture) -> None:
    line = (
        b'LONGSHORE_RESULT {"sink": {"rows": 0}, "already_committed": {"job_run": "0001", "at": "2026-01-01T00:00Z"}}'
    )
    write_log.write(JOB, "stdout", line + b"\n")
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED"))["sink"] == {"rows": 0}
    told = "Nothing was written again: job run 0001 had committed this task's rows at 2026-01-01T00:00Z."
    assert told in caplog.text


@pytest.mark.parametrize("state", ["CANCELLED", "FAILED"])
def test_error_repeats_the_states_details_whole(state: str) -> None:
    details = ("Cancelled by TESTKEY. 'lake.x.y' was written: 16 rows. " * 5)[:255] + "."
    with pytest.raises((JobRunCancelledError, JobRunFailedError)) as caught:
        _finish(JobRun(JOB, CLUSTER, state, details))
    assert details in str(caught.value)


def test_result_that_is_no_json_is_left_out(write_log: Any, caplog: pytest.LogCaptureFixture) -> None:
    write_log.write(JOB, "stdout", b"LONGSHORE_RESULT {broken\n")
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) is None
    assert "The job's result is not JSON" in caplog.text


def test_failure_names_run_template_reason_details_errors_and_log(write_log: Any) -> None:
    write_log.write(JOB, "stderr", b"INFO start\nERROR table public.nope does not exist\nINFO end\n")
    with pytest.raises(JobRunFailedError) as caught:
        _finish(JobRun(JOB, CLUSTER, "FAILED", "The table public.nope does not exist.", "USER_ERROR"))
    message = str(caught.value)
    assert message.startswith(
        f"Job run {JOB} of job template 'x' failed (USER_ERROR): The table public.nope does not exist. "
        "Last lines of its stderr:\n  ERROR table public.nope does not exist\n  INFO end\n"
    )
    assert f"{write_log.uri}/{CLUSTER}/jobs/{JOB}/" in message
    assert "INFO start" not in message


def test_failure_without_a_log_still_says_where_it_would_be() -> None:
    with pytest.raises(JobRunFailedError, match="The driver's log is in file:///") as caught:
        _finish(JobRun(JOB, CLUSTER, "FAILED"))
    assert type(caught.value) is JobRunFailedError


def test_what_cannot_run_is_not_retried() -> None:
    with pytest.raises(JobRunInvalidError, match=r"failed \(VALIDATION_ERROR\)"):
        _finish(JobRun(JOB, CLUSTER, "FAILED", "Unknown release", "VALIDATION_ERROR"))


def test_cancelled_is_an_error() -> None:
    with pytest.raises(JobRunCancelledError, match=rf"Job run {JOB} of job template 'x' was cancelled: by a user\."):
        _finish(JobRun(JOB, CLUSTER, "CANCELLED", "by a user"))


@pytest.mark.parametrize(
    "message",
    [
        "Nothing was written to 'lake.x.y'.",
        "It is not known whether 'lake.x.y' was written: the commit had begun.",
        "'lake.x.y' was written: 16 rows.",
    ],
)
def test_a_cancelled_runs_task_says_whether_it_had_written(message: str) -> None:
    details = f"Cancelled by {'someone ' * 20}. {message}"
    with pytest.raises(JobRunCancelledError) as caught:
        _finish(JobRun(JOB, CLUSTER, "CANCELLED", details))
    assert str(caught.value) == (
        f"Job run {JOB} of job template 'x' was cancelled: {details} Clear the task if it is to run again."
    )


def test_case_18_a_long_line_of_the_log_is_cut_between_words_and_the_log_is_named(write_log: Any) -> None:
    words = [f"word{number}" for number in range(100)]
    write_log.write(JOB, "stderr", f"ERROR {' '.join(words)}\n".encode())
    with pytest.raises(JobRunFailedError) as caught:
        _finish(JobRun(JOB, CLUSTER, "FAILED", "No rows.", "USER_ERROR"))
    line = next(line for line in str(caught.value).splitlines() if "ERROR word0" in line)
    assert line.endswith("…")
    assert line.rstrip("…").split()[-1] in words
    assert "The driver's log is in file:///" in str(caught.value)
