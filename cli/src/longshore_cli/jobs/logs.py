"""`longshore jobs logs`: prints a job run's output, once or while it grows."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from longshore_cli.base.progress import Say
from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, ApiUnavailableError, JobRunEndedError, LogNotFoundError
from longshore_cli.jobs.log_sources import STREAMS, Stream, log_source
from longshore_cli.jobs.runs import find_job_run, format_duration, refresh_run, run_duration
from longshore_cli.jobs.states import ENDED

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_UNAVAILABLE_SECONDS = 60.0
"""Seconds for which a server may be unavailable while its log is followed."""


class LogPrinter:
    """Prints the part of a log that is new since the last call."""

    def __init__(self, output: BinaryIO, *, streams: tuple[Stream, ...]) -> None:
        self._output = output
        self._streams = streams
        self._shown: dict[Stream, bytes] = {}
        self._last: Stream | None = None
        self._line_ended = True

    def show(self, log: dict[Stream, bytes]) -> None:
        """Prints the new part of each stream, under a heading if there are two streams."""
        for stream in self._streams:
            before, content = self._shown.get(stream, b""), log.get(stream, b"")
            if not content.startswith(before):
                before = b""  # another attempt has started a new log
            if new := content[len(before) :]:
                self._write(stream, new)
            self._shown[stream] = content
        self._output.flush()

    def _write(self, stream: Stream, new: bytes) -> None:
        if stream != self._last and len(self._streams) > 1:
            self._output.write(b"" if self._line_ended else b"\n")
            self._output.write(f"=== {stream} ===\n".encode())
        self._last = stream
        self._output.write(new)
        self._line_ended = new.endswith(b"\n")


def print_log(
    api: JobApi,
    job_run: str,
    *,
    wanted_cluster: str | None,
    stream: Stream | None,
    follow: bool,
    output: BinaryIO,
    say: Say,
) -> None:
    """Prints the log of a job run.

    Args:
        stream: the only stream to print; None for both.
        follow: keep printing until the run has ended.
        output: the file for the log's bytes.
        say: takes a line for each state of a followed run.

    Raises:
        JobRunEndedError: the followed run did not end COMPLETED.
        ApiError: the run or its log does not exist.
    """
    run = find_job_run(api, job_run, wanted_cluster=wanted_cluster)
    printer = LogPrinter(output, streams=STREAMS if stream is None else (stream,))
    read = log_source(api, run)
    if not follow:
        try:
            printer.show(read())
        except LogNotFoundError as error:
            raise ApiError(f"{error} (It is {run['state']}.)") from error
        return
    run = _follow(api, run, read=read, printer=printer, say=say)
    _report_end(run, say)


def _follow(
    api: JobApi, run: "JobRunTypeDef", *, read: Callable[[], dict[Stream, bytes]], printer: LogPrinter, say: Say
) -> "JobRunTypeDef":
    told, heard = "", time.monotonic()
    while True:
        try:
            # The state is read before the log, so that nothing written before the end is missed.
            run = refresh_run(api, run)
            if run["state"] != told and run["state"] not in ENDED:
                told = run["state"]
                say(f"job run {run['id']}: {told}")
            try:
                printer.show(read())
            except LogNotFoundError:
                if run["state"] in ENDED:
                    say(f"job run {run['id']} left no log")
            if run["state"] in ENDED:
                return run
            heard = time.monotonic()
        except ApiUnavailableError:
            if time.monotonic() - heard > _UNAVAILABLE_SECONDS:
                raise
        time.sleep(5.0 if api.is_aws else 1.0)


def _report_end(run: "JobRunTypeDef", say: Say) -> None:
    took = format_duration(run_duration(run, now=run["createdAt"]).total_seconds())
    details = " ".join((run.get("stateDetails") or "").split())
    end = f"job run {run['id']}: {run['state']} after {took}" + (f": {details}" if details else "")
    if run["state"] != "COMPLETED":
        raise JobRunEndedError(end)
    say(end)
