"""The owner of a commit: each task instance commits once, however often its driver starts. Pure.

A key is `<task instance>:<generation>`. The task instance is a digest of its environment, DAG, run, task and map index,
without the try; the generation is that of the last time that the task had succeeded, so that a task which is cleared
after that does its work again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

PROPERTY = "longshore.commit."
"""Begins the name of a lake table's property; the task instance ends it. Snapshots expire, properties do not."""
KEPT_FOR = timedelta(days=400)
"""The age after which a property is removed."""


@dataclass(frozen=True)
class CommitKey:
    """A task instance's commit."""

    instance: str
    generation: str

    def __str__(self) -> str:
        return f"{self.instance}:{self.generation}"


@dataclass(frozen=True)
class Commit:
    """A commit that has happened."""

    generation: str
    job_run: str
    at: str
    """ISO 8601, UTC, in seconds."""

    def as_text(self) -> str:
        """Returns the commit as text, which `parse_commit` reads."""
        return json.dumps(asdict(self))


def commit_key(given: str | None, job_run: str | None) -> CommitKey | None:
    """Returns the key that was given, or else the job run's own: all its drivers together commit once.

    Args:
        given: the argument `--commit-key`.
        job_run: the job run's ID; None outside of one.
    """
    if given is None:
        return CommitKey(f"job-run-{job_run}", "-") if job_run else None
    instance, _, generation = given.partition(":")
    return CommitKey(instance, generation or "-")


def key_of_target(given: str | None, job_run: str | None, target: str) -> str | None:
    """Returns the key of one of many tables, in the form of the argument: each has a commit of its own.

    Args:
        given, job_run: as `commit_key` has them.
        target: the table's name.
    """
    key = commit_key(given, job_run)
    if key is None:
        return None
    instance = hashlib.sha256(f"{key.instance}\0{target}".encode()).hexdigest()[:32]
    return str(CommitKey(instance, key.generation))


def commit_now(key: CommitKey, job_run: str | None) -> Commit:
    """Returns the commit that is about to happen."""
    return Commit(key.generation, job_run or "-", datetime.now(UTC).isoformat(timespec="seconds"))


def parse_commit(text: str | None) -> Commit | None:
    """Returns a commit from its text; None where there is none, or it is no commit."""
    try:
        return Commit(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def outdated(properties: dict[str, str], now: datetime) -> list[str]:
    """Returns the properties of commits that are older than `KEPT_FOR`."""
    return [
        name
        for name, text in properties.items()
        if name.startswith(PROPERTY)
        and ((commit := parse_commit(text)) is None or datetime.fromisoformat(commit.at) < now - KEPT_FOR)
    ]


def cannot_repeat(target: str, commit: Commit, why: str, way_out: str) -> str:
    """Returns the sentence about an append that is to be done again, and would double its own rows."""
    return (
        f"This task had appended its rows to {target!r} before (job run {commit.job_run}, {commit.at}) and had "
        f"succeeded; to do it again, these have to go, but they {why}. Delete them, then {way_out}, and clear the task "
        "again; or use the mode 'merge'."
    )
