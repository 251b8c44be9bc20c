"""What Airflow's answers tell of how far a commit is parsed. Pure.

A DAG is of the commit when the file that it was read from lies in that commit's snapshot: Airflow's `fileloc`, for our
bundle unpacks each commit into a folder of its name. `bundle_version` alone would not do: Airflow writes there what the
bundle is at when the result is stored, also of a file that was read before the bundle moved on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

_COMMIT = re.compile(r"(?<=/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?=/)")


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file that cannot be imported."""

    file: str
    """Relative to the folder of DAGs."""
    trace: str


@dataclass(frozen=True, kw_only=True)
class Parsing:
    """How far a commit is parsed."""

    dags: tuple[str, ...]
    """The IDs of the active DAGs that were read from it."""
    failures: tuple[ImportFailure, ...]
    silent: tuple[str, ...]
    """Its files of which neither a DAG nor a failure is known: not parsed yet, or without a DAG."""
    outdated: tuple[str, ...]
    """The IDs of the active DAGs that were read from another commit: not parsed again yet, or removed by this one."""
    since: datetime | None
    """The earliest moment of which it is known that Airflow had the commit; aware."""

    @property
    def begun(self) -> bool:
        """Whether Airflow has the commit."""
        return self.since is not None


def parsing(
    sha: str,
    *,
    files: Iterable[str],
    dags: Iterable[Mapping[str, Any]],
    import_errors: Iterable[Mapping[str, Any]],
    since: datetime | None = None,
) -> Parsing:
    """What the answers tell of the commit `sha`.

    Args:
        files: in which Airflow looks for DAGs, relative to the folder of DAGs.
        dags: the active ones, as `GET /api/v2/dags` gives them.
        import_errors: as `GET /api/v2/importErrors` gives them.
        since: what an earlier call knew.
    """
    dags, import_errors = list(dags), list(import_errors)
    of_it = [dag for dag in dags if read_from(dag, sha)]
    named = [error for error in import_errors if _names(error, sha)]
    moments = [dag["last_parsed_time"] for dag in of_it] + [error["timestamp"] for error in named]
    since = min((*map(datetime.fromisoformat, moments), *([since] if since else [])), default=None)
    failed = named + [error for error in import_errors if _of_no_other(error, since=since)]
    bundles = {each["bundle_name"] for each in (*of_it, *failed)}
    accounted = {dag["relative_fileloc"] for dag in of_it} | {error["filename"] for error in failed}
    return Parsing(
        dags=tuple(sorted(dag["dag_id"] for dag in of_it)),
        failures=tuple(
            ImportFailure(file=error["filename"], trace=error["stack_trace"])
            for error in sorted(failed, key=lambda error: str(error["filename"]))
        ),
        silent=tuple(sorted(set(files) - accounted)),
        outdated=tuple(
            sorted(dag["dag_id"] for dag in dags if dag["bundle_name"] in bundles and not read_from(dag, sha))
        ),
        since=since,
    )


def read_from(dag: Mapping[str, Any], sha: str) -> bool:
    """Whether a DAG, as Airflow describes it, was read from the commit `sha`."""
    return dag["bundle_version"] == sha and sha in PurePosixPath(dag["fileloc"]).parts


def _names(error: Mapping[str, Any], sha: str) -> bool:
    return sha in _COMMIT.findall(error["stack_trace"])


def _of_no_other(error: Mapping[str, Any], *, since: datetime | None) -> bool:
    # The end of a trace, which is all that Airflow keeps, may lie in an operator's code: then only the time tells.
    moment = datetime.fromisoformat(error["timestamp"])
    return not _COMMIT.search(error["stack_trace"]) and since is not None and moment > since
