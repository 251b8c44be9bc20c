"""What an environment's Airflow says of itself: the commit it has parsed, what it cannot import, who used it. Pure.

A DAG is of the commit in whose folder its file lies (Airflow's `fileloc`; our bundle unpacks each commit into a folder
of its name). `bundle_version` alone would not do: it is what the bundle is at when the result is stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from environments.spec import moment

_COMMIT = re.compile(r"(?<=/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?=/)")
MOST_ERRORS, MOST_CHARACTERS = 20, 1000
"""Of import errors in the status, and of the message of each."""


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file that cannot be imported."""

    file: str
    """Relative to the folder of DAGs."""
    message: str
    """The end of the trace, which says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class AirflowState:
    """One look at an environment's Airflow."""

    commit: str | None
    """The one that all active DAGs were read from; None while they are of several, or nothing tells of one."""
    import_errors: tuple[ImportFailure, ...]
    last_activity: datetime | None


def parsed_commit(dags: Iterable[Mapping[str, Any]], import_errors: Iterable[Mapping[str, Any]]) -> str | None:
    """The commit that is parsed.

    Args:
        dags: the active ones, as `GET /api/v2/dags` gives them.
        import_errors: as `GET /api/v2/importErrors` gives them; where there is no DAG, they tell of a commit.
    """
    commits = {_commit_of(dag) for dag in dags}
    if not commits:
        commits = {found[-1] for error in import_errors if (found := _COMMIT.findall(error["stack_trace"]))}
    return commits.pop() if len(commits) == 1 else None


def import_failures(import_errors: Iterable[Mapping[str, Any]]) -> tuple[ImportFailure, ...]:
    """The first of them, by file, cut to what the status holds."""
    ordered = sorted(import_errors, key=lambda error: str(error["filename"]))
    return tuple(
        ImportFailure(file=str(error["filename"]), message=str(error["stack_trace"]).strip()[-MOST_CHARACTERS:])
        for error in ordered[:MOST_ERRORS]
    )


def latest_use(
    *,
    running: Iterable[Mapping[str, Any]],
    triggered: Iterable[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]],
    now: datetime,
) -> datetime | None:
    """When somebody last used it. A schedule alone is no use: it would keep an environment awake for ever.

    Args:
        running: DAG runs that run now, whoever began them.
        triggered: DAG runs that somebody began by hand.
        events: of the owner's, from Airflow's audit log.
    """
    if any(True for _ in running):
        return now
    begun = [run.get("start_date") or run.get("run_after") for run in triggered]
    moments = [moment(text) for text in (*begun, *(event["when"] for event in events)) if text]
    return max(moments, default=None)


def _commit_of(dag: Mapping[str, Any]) -> str | None:
    version = dag.get("bundle_version")
    return version if version and version in PurePosixPath(dag.get("fileloc") or "").parts else None
