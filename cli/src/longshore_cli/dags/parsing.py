"""The progress of parsing a commit, from Airflow's answers. Pure.

A DAG belongs to the commit if its file lies in that commit's snapshot: Airflow's `fileloc` shows it, because our bundle
unpacks each commit into a folder of that name. `bundle_version` alone is not enough: Airflow stores the version that
the bundle has at the time of writing, even for a file that was read before the bundle moved on.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

_COMMIT = re.compile(r"(?<=/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?=/)")


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file that cannot be imported."""

    file: str
    """The path relative to the folder of DAGs."""
    trace: str


@dataclass(frozen=True, kw_only=True)
class Parsing:
    """The progress of parsing a commit."""

    dags: tuple[str, ...]
    """The IDs of the active DAGs that were read from it."""
    failures: tuple[ImportFailure, ...]
    doubtful: tuple[ImportFailure, ...]
    """Failures that may be of this commit, or the last result of another one."""
    silent: tuple[str, ...]
    """Its files without a known DAG or failure: not parsed yet, or without a DAG."""
    outdated: tuple[str, ...]
    """The IDs of the active DAGs that were read from another commit: not parsed again yet, or removed by this one."""
    since: datetime | None
    """The earliest time at which Airflow is known to have the commit; timezone-aware."""

    @property
    def begun(self) -> bool:
        """True once Airflow has the commit."""
        return self.since is not None

    def settled(self) -> "Parsing":
        """Returns the final result: doubtful failures were not parsed again, so they still hold."""
        failures = sorted((*self.failures, *self.doubtful), key=lambda failure: failure.file)
        failed = {failure.file for failure in failures}
        silent = tuple(file for file in self.silent if file not in failed)
        return replace(self, failures=tuple(failures), doubtful=(), silent=silent)


def parsing(
    sha: str,
    *,
    files: Collection[str],
    dags: Iterable[Mapping[str, Any]],
    import_errors: Iterable[Mapping[str, Any]],
    failed_before: Collection[str] = (),
    since: datetime | None = None,
) -> Parsing:
    """Returns the progress of the commit `sha`.

    Args:
        files: the files in which Airflow looks for DAGs, relative to the folder of DAGs.
        dags: the active DAGs, from `GET /api/v2/dags`.
        import_errors: from `GET /api/v2/importErrors`.
        failed_before: the files that could not be imported before the commit was pushed.
        since: the result of an earlier call.
    """
    dags, import_errors = list(dags), list(import_errors)
    of_it = [dag for dag in dags if read_from(dag, sha)]
    told = [error for error in import_errors if _names(error, sha) or _is_new(error, failed_before)]
    moments = [dag["last_parsed_time"] for dag in of_it] + [error["timestamp"] for error in told]
    since = min((*map(datetime.fromisoformat, moments), *([since] if since else [])), default=None)
    untold = [error for error in import_errors if error not in told and not _COMMIT.search(error["stack_trace"])]
    later = [error for error in untold if since is not None and datetime.fromisoformat(error["timestamp"]) > since]
    failed = told + later
    doubtful = [error for error in untold if error not in later and error["filename"] in files]
    bundles = {each["bundle_name"] for each in (*of_it, *failed)}
    accounted = {dag["relative_fileloc"] for dag in of_it} | {error["filename"] for error in failed}
    return Parsing(
        dags=tuple(sorted(dag["dag_id"] for dag in of_it)),
        failures=_failures(failed),
        doubtful=_failures(doubtful),
        silent=tuple(sorted(set(files) - accounted)),
        outdated=tuple(
            sorted(dag["dag_id"] for dag in dags if dag["bundle_name"] in bundles and not read_from(dag, sha))
        ),
        since=since,
    )


def read_from(dag: Mapping[str, Any], sha: str) -> bool:
    """Returns true if a DAG, as Airflow describes it, was read from the commit `sha`."""
    return dag["bundle_version"] == sha and sha in PurePosixPath(dag["fileloc"]).parts


def _failures(errors: Iterable[Mapping[str, Any]]) -> tuple[ImportFailure, ...]:
    ordered = sorted(errors, key=lambda error: str(error["filename"]))
    return tuple(ImportFailure(file=error["filename"], trace=error["stack_trace"]) for error in ordered)


def _names(error: Mapping[str, Any], sha: str) -> bool:
    return sha in _COMMIT.findall(error["stack_trace"])


def _is_new(error: Mapping[str, Any], failed_before: Collection[str]) -> bool:
    # Airflow keeps only the end of a trace. It may lie in an operator's code, and then shows no commit.
    return not _COMMIT.search(error["stack_trace"]) and error["filename"] not in failed_before
