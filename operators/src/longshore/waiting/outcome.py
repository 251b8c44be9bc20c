"""Turns a finished job run into its task's outcome: the driver's log, then a result or an exception."""

import logging
import time
from typing import Any, Protocol

from longshore.connection.settings import read_settings
from longshore.exceptions import (
    JobRunCancelledError,
    JobRunError,
    JobRunFailedError,
    JobRunInvalidError,
)
from longshore.hooks.driver_log import StreamLog, driver_log_uri, parse_result, read_stream
from longshore.hooks.job_run import JobRun

_LINE = 300
"""The number of characters of each of the log's last lines in an error."""
LOG_PATIENCE = 60.0
"""Seconds for which a driver's log is asked for again: AWS writes it a little after the job run's end."""
_NEVER_STARTED = frozenset({"VALIDATION_ERROR", "CLUSTER_UNAVAILABLE"})
"""Reasons of a failure whose driver has most likely written nothing."""


class Log(Protocol):
    """The methods of Airflow's task logger that are used."""

    def info(self, event: str, *args: Any) -> Any: ...
    def warning(self, event: str, *args: Any) -> Any: ...


def finish(
    job_run: JobRun,
    *,
    launched: str,
    aws_conn_id: str | None,
    log: "Log | logging.Logger",
    log_uri: str | None = None,
) -> Any:
    """Shows the driver's log, and returns the job's result.

    Args:
        job_run: in a terminal state.
        launched: what ran, for messages: `job template 'x'`.
        aws_conn_id: Airflow connection with the place of logs.
        log: the task's.
        log_uri: the place of logs that the job run itself names, instead of the connection's.

    Returns:
        The JSON of the last `LONGSHORE_RESULT` line of the driver's standard output; None if there is none.

    Raises:
        JobRunError: the job run has not completed.
    """
    settings = read_settings(aws_conn_id)
    directory = driver_log_uri(
        settings, virtual_cluster_id=job_run.virtual_cluster_id, job_run_id=job_run.id, log_uri=log_uri
    )
    waits = job_run.state != "CANCELLED" and job_run.failure_reason not in _NEVER_STARTED
    streams = _driver_log(directory, aws_conn_id, patience=LOG_PATIENCE if waits else 0.0, log=log)
    for stream in streams:
        _show(stream, log)
    if not directory:
        log.info("The connection %r has no 'log_uri': the driver's log is not shown here.", aws_conn_id)
    if job_run.state != "COMPLETED":
        raise failure(job_run, launched=launched, streams=streams, directory=directory)
    result_line = streams[0].result_line if streams else ""
    try:
        result = parse_result(result_line)
    except ValueError as error:
        log.warning("The job's result is not JSON (%s), and is left out: %s", error, result_line[:200])
        return None
    if isinstance(result, dict) and isinstance(earlier := result.get("already_committed"), dict):
        log.info(
            "Nothing was written again: job run %s had committed this task's rows at %s.",
            earlier.get("job_run"),
            earlier.get("at"),
        )
    return result


def failure(job_run: JobRun, *, launched: str, streams: list[StreamLog], directory: str) -> JobRunError:
    """Returns the exception for a job run that has failed or was cancelled."""
    details = f": {job_run.state_details.rstrip('.')}." if job_run.state_details else "."
    if job_run.state == "CANCELLED":
        return JobRunCancelledError(
            # Its details tell what it had written; only the user knows whether that is enough.
            f"Job run {job_run.id} of {launched} was cancelled{details} Clear the task if it is to run again."
        )
    reason = f" ({job_run.failure_reason})" if job_run.failure_reason else ""
    telling = next((s for s in reversed(streams) if s.lines), None)
    lines = "".join(f"\n  {_cut(line, _LINE)}" for line in telling.error_lines()) if telling else ""
    said = f" Last lines of its {telling.stream}:{lines}\n" if telling else " "
    place = f"in {directory}/" if directory else "not known: the connection has no 'log_uri'"
    kind = JobRunInvalidError if job_run.failure_reason == "VALIDATION_ERROR" else JobRunFailedError
    return kind(f"Job run {job_run.id} of {launched} failed{reason}{details}{said}The driver's log is {place}.")


def _cut(line: str, most: int) -> str:
    """Returns the line, or as many whole words of it as fit; the whole is in the driver's log."""
    if len(line) <= most:
        return line
    kept = line[: most - 1]
    # A word that is longer than a tenth of the line, such as a URI, is cut itself.
    return f"{kept if line[most - 1].isspace() else kept[: max(kept.rfind(' '), most - most // 10)]}…"


def _driver_log(
    directory: str, aws_conn_id: str | None, *, patience: float, log: "Log | logging.Logger"
) -> list[StreamLog]:
    """Reads both streams, again and again until there is a standard output or `patience` (in seconds) is over."""
    if not directory:
        return []
    deadline, pause = time.monotonic() + patience, 1.0
    while True:
        streams = [read_stream(directory, stream, connection_id=aws_conn_id) for stream in ("stdout", "stderr")]
        left = deadline - time.monotonic()
        if not streams[0].missing or left <= 0:
            return streams
        log.info("The driver's log is not there yet; it is asked for again for %.0f s.", left)
        time.sleep(min(pause, left))
        pause = min(2 * pause, 10.0)


def _show(stream: StreamLog, log: "Log | logging.Logger") -> None:
    if not stream.lines:
        log.info("The driver's %s (%s) %s.", stream.stream, stream.uri, stream.note or "is empty")
        return
    note = f"; {stream.note}" if stream.note else ""
    log.info("::group::The driver's %s (%s%s)", stream.stream, stream.uri, note)
    for line in stream.lines:
        log.info("%s", line)
    log.info("::endgroup::")
