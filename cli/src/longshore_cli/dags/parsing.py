"""What Airflow's answers tell of how far a commit is parsed. Pure.

A DAG is of the commit when the file that it was read from lies in that commit's snapshot: Airflow's `fileloc`, for our
bundle unpacks each commit into a folder of its name. `bundle_version` alone would not do: Airflow writes there what the
bundle is at when the result is stored, also of a file that was read before the bundle moved on.
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
    """Relative to the folder of DAGs."""
    trace: str


@dataclass(frozen=True, kw_only=True)
class Parsing:
    """How far a commit is parsed."""

    dags: tuple[str, ...]
    """The IDs of the active DAGs that were read from it."""
    failures: tuple[ImportFailure, ...]
    doubtful: tuple[ImportFailure, ...]
    """Failures of which it cannot be told whether they are of this commit or the last result of another one."""
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

    def settled(self) -> "Parsing":
        """The same where no more is to come: what was doubtful was not parsed again, so it is as it was."""
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
    """What the answers tell of the commit `sha`.

    Args:
        files: in which Airflow looks for DAGs, relative to the folder of DAGs.
        dags: the active ones, as `GET /api/v2/dags` gives them.
        import_errors: as `GET /api/v2/importErrors` gives them.
        failed_before: the files that could not be imported before the commit was there.
        since: what an earlier call knew.
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
    """Whether a DAG, as Airflow describes it, was read from the commit `sha`."""
    return dag["bundle_version"] == sha and sha in PurePosixPath(dag["fileloc"]).parts


def _failures(errors: Iterable[Mapping[str, Any]]) -> tuple[ImportFailure, ...]:
    ordered = sorted(errors, key=lambda error: str(error["filename"]))
    return tuple(ImportFailure(file=error["filename"], trace=error["stack_trace"]) for error in ordered)


def _names(error: Mapping[str, Any], sha: str) -> bool:
    return sha in _COMMIT.findall(error["stack_trace"])


def _is_new(error: Mapping[str, Any], failed_before: Collection[str]) -> bool:
    # The end of a trace, which is all that Airflow keeps, may lie in an operator's code: it shows no commit.
    return not _COMMIT.search(error["stack_trace"]) and error["filename"] not in failed_before
