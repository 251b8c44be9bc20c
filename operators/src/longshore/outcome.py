"""What a finished job run means for its task: the driver's log, then a result or an exception."""

import logging
from typing import Any, Protocol

from longshore.exceptions import (
    JobRunCancelledError,
    JobRunError,
    JobRunFailedError,
    JobRunInvalidError,
)
from longshore.hooks.driver_log import StreamLog, driver_log_uri, parse_result, read_stream
from longshore.job_run import JobRun
from longshore.settings import read_settings


class Log(Protocol):
    """What is used of Airflow's task logger."""

    def info(self, event: str, *args: Any) -> Any: ...
    def warning(self, event: str, *args: Any) -> Any: ...


def finish(job_run: JobRun, *, launched: str, aws_conn_id: str | None, log: "Log | logging.Logger") -> Any:
    """Shows the driver's log and gives the job's result.

    Args:
        job_run: in a terminal state.
        launched: what ran, for messages: `job template 'x'`.
        aws_conn_id: Airflow connection that says where logs are.
        log: the task's.

    Returns:
        The JSON of the last `LONGSHORE_RESULT` line of the driver's standard output; None if there is none.

    Raises:
        JobRunError: the job run has not completed.
    """
    settings = read_settings(aws_conn_id)
    directory = driver_log_uri(settings, virtual_cluster_id=job_run.virtual_cluster_id, job_run_id=job_run.id)
    streams = [
        read_stream(directory, stream, connection_id=aws_conn_id) for stream in ("stdout", "stderr") if directory
    ]
    for stream in streams:
        _show(stream, log)
    if not directory:
        log.info("The connection %r has no 'log_uri': the driver's log is not shown here.", aws_conn_id)
    if job_run.state != "COMPLETED":
        raise failure(job_run, launched=launched, streams=streams, directory=directory)
    result_line = streams[0].result_line if streams else ""
    try:
        return parse_result(result_line)
    except ValueError as error:
        log.warning("The job's result is not JSON (%s), and is left out: %s", error, result_line[:200])
        return None


def failure(job_run: JobRun, *, launched: str, streams: list[StreamLog], directory: str) -> JobRunError:
    """The exception for a job run that has failed or was cancelled."""
    details = f": {job_run.state_details.rstrip('.')}." if job_run.state_details else "."
    if job_run.state == "CANCELLED":
        return JobRunCancelledError(
            f"Job run {job_run.id} of {launched} was cancelled{details} Clear the task to run it again."
        )
    reason = f" ({job_run.failure_reason})" if job_run.failure_reason else ""
    telling = next((s for s in reversed(streams) if s.lines), None)
    lines = "".join(f"\n  {line[:300]}" for line in telling.error_lines()) if telling else ""
    said = f" Last lines of its {telling.stream}:{lines}\n" if telling else " "
    place = f"in {directory}/" if directory else "not known: the connection has no 'log_uri'"
    kind = JobRunInvalidError if job_run.failure_reason == "VALIDATION_ERROR" else JobRunFailedError
    return kind(f"Job run {job_run.id} of {launched} failed{reason}{details}{said}The driver's log is {place}.")


def _show(stream: StreamLog, log: "Log | logging.Logger") -> None:
    if not stream.lines:
        log.info("The driver's %s (%s) %s.", stream.stream, stream.uri, stream.note or "is empty")
        return
    note = f"; {stream.note}" if stream.note else ""
    log.info("::group::The driver's %s (%s%s)", stream.stream, stream.uri, note)
    for line in stream.lines:
        log.info("%s", line)
    log.info("::endgroup::")
