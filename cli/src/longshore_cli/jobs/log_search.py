"""`longshore jobs logs --executors --grep`: the log of a run's driver and executors, whole or the lines that match."""

from typing import TYPE_CHECKING, BinaryIO

from longshore_cli.base.progress import Say
from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, LogNotFoundError
from longshore_cli.jobs.executor_logs import executor_logs, no_executor_logs
from longshore_cli.jobs.log_parts import LogPart, compiled, matching_lines, sections
from longshore_cli.jobs.log_sources import STREAMS, Stream, log_source
from longshore_cli.jobs.runs import find_job_run

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef


def search_log(
    api: JobApi,
    job_run: str,
    *,
    wanted_cluster: str | None,
    stream: Stream | None,
    executors: bool,
    pattern: str | None,
    output: BinaryIO,
    say: Say,
) -> bool:
    """Prints the log of a run, or its lines that match. Returns False if a pattern matches none.

    Args:
        stream: only this stream; None for both.
        executors: print also what the executors have written.
        pattern: a regular expression of Python; None prints all.
        say: takes a line for the user that is not the log's.

    Raises:
        ApiError: the run or its log does not exist. CliError: the pattern is wrong.
    """
    expression = None if pattern is None else compiled(pattern)
    run = find_job_run(api, job_run, wanted_cluster=wanted_cluster)
    parts = _driver(api, run)
    if executors:
        found = executor_logs(api, run, say)
        if not found:
            say(no_executor_logs(run["id"]))
        parts += found
    wanted = [part for part in parts if stream in (None, part.stream)]
    if expression is None:
        for piece in sections(wanted):
            output.write(piece)
        output.flush()
        return True
    matched = False
    for line in matching_lines(wanted, expression):
        output.write(f"{line}\n".encode())
        matched = True
    output.flush()
    return matched


def _driver(api: JobApi, run: "JobRunTypeDef") -> list[LogPart]:
    try:
        log = log_source(api, run)()
    except LogNotFoundError as error:
        raise ApiError(f"{error} (It is {run['state']}.)") from error
    return [LogPart(pod="driver", stream=each, content=log.get(each, b"")) for each in STREAMS]
