import logging
from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import JobRunCancelledError, JobRunFailedError, JobRunInvalidError
from longshore.job_run import JobRun
from longshore.outcome import finish

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


def test_log_that_is_not_there_is_a_note_and_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) is None
    assert "is not there." in caplog.text


def test_connection_without_a_log_location_is_a_note(
    connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    connect("http://127.0.0.1:9")
    assert _finish(JobRun(JOB, CLUSTER, "COMPLETED")) is None
    assert "The connection 'aws_default' has no 'log_uri'" in caplog.text


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
        "Last lines of its stderr:\n  ERROR table public.nope does not exist\n"
    )
    assert f"{write_log.uri}/{CLUSTER}/jobs/{JOB}/" in message
    assert "INFO" not in message


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
