"""The outcomes of attempts that did not succeed."""

from dataclasses import dataclass
from pathlib import Path

from emr_containers.runtimes.failures.driver_failure import driver_failure, killed_by, own_words
from emr_containers.runtimes.failures.log_end import NOTHING, LogEnd, log_end
from emr_containers.runtimes.logs.streams import STREAMS, Stream
from emr_containers.runtimes.logs.tails import read_starts, read_tail
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.process.marks import LOG_STARTS, termination_message, was_stopped
from emr_containers.runtimes.spark.sql_errors import sql_error_in

STOPPED = "The driver was told to end."


@dataclass(frozen=True, kw_only=True)
class DriverOutput:
    """The driver's output, in which a failure's reason is looked for."""

    logs: Path | None
    """The folder of the output. None: it is not known to this server."""
    errors: Stream = "stderr"
    """The stream to which the program writes its errors. Spark writes those of a Python driver to its stdout."""
    is_sql: bool = False
    """True for a SQL script, whose stderr has the reason of a failure. The rest of its output is rows of tables."""


def lost(folder: Path, why: str) -> Outcome:
    """Returns the end of an attempt that has begun, or may have, and of which nothing can be known any more.

    It is not repeated: it may have done its work, or do it still.

    Args:
        why: what went, as a sentence.
    """
    details = f"{why} The attempt is lost: it may have done its work, so it is not started again."
    return Outcome(
        succeeded=False, reason="INTERNAL_ERROR", details=details, retryable=False, messages={folder.name: details}
    )


def ended_by_force(folder: Path, why: str) -> Outcome:
    """Returns the end of an attempt whose driver did not end by itself, or never began.

    Args:
        why: a sentence; an attempt that a server has stopped says that instead.
    """
    message = termination_message(folder)
    details = STOPPED if was_stopped(folder) else f"{why} {message}".strip()
    return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=details, messages={folder.name: message})


def failed(folder: Path, status: int, output: DriverOutput) -> Outcome:
    """Returns the end of an attempt whose driver ended with an exit status other than 0."""
    own = termination_message(folder) or _sql_error(output)
    if (number := killed_by(status)) is not None:
        details = f"The driver was killed by {number.name}. {own}".strip()
        return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=details, messages={folder.name: own})
    end = _log_end(folder, output)
    messages = {folder.name: own or own_words(end, status=status)}
    details = driver_failure(own, end, status=status, log="stderr")
    return Outcome(succeeded=False, reason="USER_ERROR", details=details, messages=messages)


def _log_end(folder: Path, output: DriverOutput) -> LogEnd:
    if output.logs is None:
        return NOTHING
    starts = read_starts(folder / LOG_STARTS)
    streams = sorted(STREAMS, key=lambda stream: stream != output.errors)
    end = log_end({stream: read_tail(output.logs, stream, starts=starts) for stream in streams})
    return LogEnd(executors=end.executors) if output.is_sql else end


def _sql_error(output: DriverOutput) -> str:
    return sql_error_in(output.logs / "stderr") if output.is_sql and output.logs is not None else ""
