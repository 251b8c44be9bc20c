"""`longshore transfers clean`: starts a job run that removes what killed transfers left behind, and lists it."""

import io
import uuid
from collections.abc import Callable

from longshore_cli.clients.job_api import JobApi, api_errors
from longshore_cli.exceptions import CliError, TemplateError
from longshore_cli.jobs.logs import print_log
from longshore_cli.jobs.runs import resolve_virtual_cluster
from longshore_cli.templates.api import newest_by_name

TEMPLATE = "clean-transfers"
_WORDS = ("removed  ", "would remove  ", "left alone  ")
"""The beginnings of the application's lines (`longshore_spark` writes them)."""


def clean(
    api: JobApi,
    *,
    wanted_cluster: str | None,
    parameters: dict[str, str],
    show: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Starts the job run, waits for its end, and shows a line for everything that it removed or left alone.

    Args:
        parameters: parameters of the job template, from `clean_parameters`.
        show: takes the lines, also those before a failure.
        say: takes a line for each state of the run.

    Raises:
        TemplateError: the job template is missing.
        JobRunEndedError: the run did not end COMPLETED; the message has the reason.
        ApiError: the API refuses, or does not answer.
    """
    cluster = resolve_virtual_cluster(api, wanted_cluster)
    run = _start(api, cluster, parameters)
    log = io.BytesIO()
    try:
        print_log(api, run, wanted_cluster=cluster, stream="stdout", follow=True, output=log, say=say)
    finally:
        lines = [line for line in log.getvalue().decode(errors="replace").splitlines() if line.startswith(_WORDS)]
        for line in lines:
            show(line)
    if not lines and log.getvalue():  # without a log the result is unknown
        show("Nothing is left over.")


def clean_parameters(*, connection: str | None, lake: bool, older_than: int, dry_run: bool) -> dict[str, str]:
    """Returns the parameters of the job template. Pure.

    Args:
        connection: the database's connection; None for no database.
        older_than: in hours.

    Raises:
        CliError: there is nothing to clean, or files would be removed that are too young.
    """
    if connection is None and not lake:
        raise CliError(
            "There is nothing to clean. Name a database (--connection flights_db), the lake (--lake), or both."
        )
    if older_than < 1:
        raise CliError(
            f"--older-than {older_than} is too short: a program may still be writing younger files. "
            "Use at least 1 (hour)."
        )
    given = {"lake": str(lake).lower(), "older_than": str(older_than), "dry_run": str(dry_run).lower()}
    return given | ({"connection_id": connection} if connection else {})


def _start(api: JobApi, cluster: str, parameters: dict[str, str]) -> str:
    template = newest_by_name(api.emr).get(TEMPLATE)
    if template is None:
        raise TemplateError(
            f"There is no job template {TEMPLATE!r} at {api.endpoint_url}. Create it from the checkout's job-templates "
            "(`longshore templates apply`)."
        )
    with api_errors("The cleaning job run cannot be started"):
        started = api.emr.start_job_run(
            name=TEMPLATE,
            virtualClusterId=cluster,
            clientToken=uuid.uuid4().hex,
            jobTemplateId=template["id"],
            jobTemplateParameters=parameters,
        )
    return started["id"]
