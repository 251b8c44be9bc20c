"""Rows of the page: the fields that it shows for each job run. Pure."""

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict  # pydantic does not accept that of Python 3.11

from longshore_page.job_runs.api import Run
from longshore_page.job_runs.rights import Rights
from longshore_page.job_runs.tasks import Task

STATES = ("PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING", "COMPLETED", "FAILED", "CANCELLED")
"""Source: the API's JobRunState."""
ENDED = ("COMPLETED", "FAILED", "CANCELLED")
_OWNER_TAG = "longshore.dev/owner"


class Row(TypedDict):
    """One job run, in the JSON of the page's API."""

    id: str
    cluster: str
    name: str
    state: str
    details: str
    """Why it waits, what it does, or why it has ended; empty if the server says nothing."""
    owner: str
    release: str
    attempt: str
    """`2 of 3`; empty for the first of one."""
    created_at: str
    """RFC 3339."""
    finished_at: str | None
    task: str
    """The task in words: `dag, run, task`; empty if this Airflow does not know it."""
    task_path: str
    """The address of the task's page, relative to Airflow's; empty as `task`."""
    history: str
    """The address in the History Server; empty without one."""
    may_cancel: bool
    may_read_log: bool


def row(run: Run, task: Task | None, rights: Rights, *, history: str) -> Row:
    """Returns the row of a job run for a user who may see it.

    Args:
        history: the address of its application in the History Server.
    """
    ended = run["state"] in ENDED
    return Row(
        id=run["id"],
        cluster=run["virtualClusterId"],
        name=run.get("name", ""),
        state=run["state"],
        details=run.get("stateDetails", ""),
        owner=owner(run),
        release=run.get("releaseLabel", ""),
        attempt=_attempt(run),
        created_at=_text(run["createdAt"]),
        finished_at=_text(run["finishedAt"]) if "finishedAt" in run else None,
        task="" if task is None else f"{task.dag_id}, {task.run_id}, {task.task_id}",
        task_path="" if task is None else task.path,
        history=history if task is not None and task.has_history else "",
        may_cancel=not ended and run["state"] != "CANCEL_PENDING" and rights.may_cancel(task),
        may_read_log=rights.may_read_log(task),
    )


def owner(run: Run) -> str:
    """Returns the run's owner; empty if it has none."""
    return str(run.get("tags", {}).get(_OWNER_TAG, ""))


def has_text(run: Run, text: str) -> bool:
    """Returns whether the run's name, which begins with that of its DAG, its owner or its ID contains a text."""
    wanted = text.casefold()
    return any(wanted in each.casefold() for each in (run.get("name", ""), owner(run), run["id"]))


def _attempt(run: Run) -> str:
    most = run.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
    number = run.get("retryPolicyExecution", {}).get("currentAttemptCount", 1)
    return f"{number} of {most}" if most > 1 else ""


def _text(time: Any) -> str:
    return time.isoformat() if isinstance(time, datetime) else str(time)
