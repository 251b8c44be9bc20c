"""The state of an environment's Airflow: the commit that it has parsed, its import errors, and its last use. Pure.

A DAG belongs to the commit in whose folder its file is (Airflow's `fileloc`; our bundle unpacks each commit into a
folder of its name). `bundle_version` alone is not enough: it is the bundle's commit when the result is stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from environments.resource.times import moment

_COMMIT = re.compile(r"(?<=/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?=/)")
MAX_ERRORS, MAX_CHARACTERS = 20, 1000
"""Maximum number of import errors in the status, and maximum length of the message of each."""


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file that cannot be imported."""

    file: str
    """The path relative to the folder of DAGs."""
    message: str
    """The end of the stack trace, which names the error."""


@dataclass(frozen=True, kw_only=True)
class AirflowState:
    """The answers of an environment's Airflow to one look."""

    commit: str | None
    """The commit of all active DAGs. None: they are of several commits, or nothing names one."""
    import_errors: tuple[ImportFailure, ...]
    last_activity: datetime | None


def parsed_commit(dags: Iterable[Mapping[str, Any]], import_errors: Iterable[Mapping[str, Any]]) -> str | None:
    """Returns the commit that is parsed.

    Args:
        dags: the active ones, as `GET /api/v2/dags` gives them.
        import_errors: as `GET /api/v2/importErrors` gives them; without any DAG, they name the commit.
    """
    commits = {_commit_of(dag) for dag in dags}
    if not commits:
        commits = {found[-1] for error in import_errors if (found := _COMMIT.findall(error["stack_trace"]))}
    return commits.pop() if len(commits) == 1 else None


def import_failures(import_errors: Iterable[Mapping[str, Any]]) -> tuple[ImportFailure, ...]:
    """Returns the first errors, by file, cut to the limits of the status."""
    ordered = sorted(import_errors, key=lambda error: str(error["filename"]))
    return tuple(
        ImportFailure(file=str(error["filename"]), message=str(error["stack_trace"]).strip()[-MAX_CHARACTERS:])
        for error in ordered[:MAX_ERRORS]
    )


def latest_use(
    *,
    running: Iterable[Mapping[str, Any]],
    triggered: Iterable[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]],
    now: datetime,
) -> datetime | None:
    """Returns the time of the last use. Scheduled runs do not count, or they would keep an environment awake for ever.

    Args:
        running: DAG runs that are running now, for whatever reason.
        triggered: DAG runs that users triggered by hand.
        events: the owner's, from Airflow's audit log.
    """
    if any(True for _ in running):
        return now
    begun = [run.get("start_date") or run.get("run_after") for run in triggered]
    moments = [moment(text) for text in (*begun, *(event["when"] for event in events)) if text]
    return max(moments, default=None)


def _commit_of(dag: Mapping[str, Any]) -> str | None:
    version = dag.get("bundle_version")
    return version if version and version in PurePosixPath(dag.get("fileloc") or "").parts else None
