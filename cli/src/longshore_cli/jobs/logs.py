"""`longshore jobs logs`: a job run's output, once or as it grows."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from longshore_cli.exceptions import ApiAway, ApiError, JobRunEnded, NoSuchLog
from longshore_cli.job_api import JobApi
from longshore_cli.jobs.log_sources import STREAMS, Stream, log_source
from longshore_cli.jobs.runs import again, duration, find, shown_duration
from longshore_cli.jobs.states import ENDED

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

Say = Callable[[str], None]
_PATIENCE_SECONDS = 60.0
"""How long a server may be away while its log is followed."""


class LogPrinter:
    """Prints what a log has more than the last time."""

    def __init__(self, output: BinaryIO, *, streams: tuple[Stream, ...]) -> None:
        self._output = output
        self._streams = streams
        self._shown: dict[Stream, bytes] = {}
        self._last: Stream | None = None
        self._line_ended = True

    def show(self, log: dict[Stream, bytes]) -> None:
        """Prints the new part of each stream, under a heading where there are two of them."""
        for stream in self._streams:
            before, content = self._shown.get(stream, b""), log.get(stream, b"")
            if not content.startswith(before):
                before = b""  # another attempt has begun a log of its own
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
        stream: only this one; both, if None.
        follow: until the run has ended.
        output: where the log goes, byte by byte.
        say: is told of the run's states while it is followed.

    Raises:
        JobRunEnded: it was followed, and did not end COMPLETED.
        ApiError: there is no such run, or no log of it.
    """
    run = find(api, job_run, wanted_cluster=wanted_cluster)
    printer = LogPrinter(output, streams=STREAMS if stream is None else (stream,))
    read = log_source(api, run)
    if not follow:
        try:
            printer.show(read())
        except NoSuchLog as error:
            raise ApiError(f"{error} (It is {run['state']}.)") from error
        return
    run = _follow(api, run, read=read, printer=printer, say=say)
    _tell_the_end(run, say)


def _follow(
    api: JobApi, run: "JobRunTypeDef", *, read: Callable[[], dict[Stream, bytes]], printer: LogPrinter, say: Say
) -> "JobRunTypeDef":
    told, heard = "", time.monotonic()
    while True:
        try:
            # First the state and then the log: what was written before the end is seen.
            run = again(api, run)
            if run["state"] != told and run["state"] not in ENDED:
                told = run["state"]
                say(f"job run {run['id']}: {told}")
            try:
                printer.show(read())
            except NoSuchLog:
                if run["state"] in ENDED:
                    say(f"job run {run['id']} has left no log")
            if run["state"] in ENDED:
                return run
            heard = time.monotonic()
        except ApiAway:
            if time.monotonic() - heard > _PATIENCE_SECONDS:
                raise
        time.sleep(5.0 if api.is_aws else 1.0)


def _tell_the_end(run: "JobRunTypeDef", say: Say) -> None:
    took = shown_duration(duration(run, now=run["createdAt"]).total_seconds())
    details = " ".join((run.get("stateDetails") or "").split())
    end = f"job run {run['id']}: {run['state']} after {took}" + (f": {details}" if details else "")
    if run["state"] != "COMPLETED":
        raise JobRunEnded(end)
    say(end)
