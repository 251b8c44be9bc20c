"""The owner of a job run: one attempt of one task instance, and the names that follow from it. Pure.

Both names depend on the attempt alone, so that a worker that dies at any moment finds its job run again.
"""

import hashlib
import json
import re
from dataclasses import astuple, dataclass
from typing import Any

NAME_LENGTH = 64  # the API's ResourceNameString


@dataclass(frozen=True)
class Attempt:
    """One try of one task instance."""

    environment: str
    """The name of this Airflow, from its option `[longshore] environment`."""
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    """-1 for a task that is not mapped."""
    try_number: int
    """From 1."""
    instance_id: str
    """Airflow's own id (UUID) of this try of the task instance. It tells a DAG run that was deleted and made again
    under its old `run_id` from the first one, so that it does not take over the first one's finished job runs."""

    @classmethod
    def of(cls, task_instance: Any, *, environment: str) -> "Attempt":
        """Returns the attempt of `task_instance` (the context's `ti`)."""
        return cls(
            environment=environment,
            dag_id=task_instance.dag_id,
            run_id=task_instance.run_id,
            task_id=task_instance.task_id,
            map_index=-1 if task_instance.map_index is None else task_instance.map_index,
            try_number=task_instance.try_number,
            instance_id=str(task_instance.id),
        )


def client_token(attempt: Attempt, step: int = 0) -> str:
    """Returns the idempotency token of a job run: 64 hexadecimal digits, different for every attempt and step.

    Args:
        attempt: whose job run it is.
        step: how many job runs of the attempt ended for a lack of memory before this one.
    """
    # JSON, since a separator could be part of an id.
    owner = astuple(attempt) if step == 0 else (*astuple(attempt), step)
    return hashlib.sha256(json.dumps(owner).encode()).hexdigest()


def instance_digest(attempt: Attempt) -> str:
    """Returns 64 hexadecimal digits for the task instance, the same for all its tries."""
    owner = (attempt.environment, attempt.dag_id, attempt.run_id, attempt.task_id, attempt.map_index)
    return hashlib.sha256(json.dumps(owner).encode()).hexdigest()


def job_run_name(attempt: Attempt, label: str | None = None) -> str:
    """Returns the job run's name: `label` (default: `<dag_id>.<task_id>`) and a digest of the task instance.

    Only the tries of one task instance share it. A try finds by it the job runs that earlier tries have left running.

    Args:
        attempt: whose try does not matter.
        label: what people read; characters that the API does not allow become `-`, and it is cut to fit.
    """
    readable = re.sub(r"[^.\-_/#A-Za-z0-9]+", "-", label or f"{attempt.dag_id}.{attempt.task_id}")
    return f"{readable[: NAME_LENGTH - 17]}-{instance_digest(attempt)[:16]}"
