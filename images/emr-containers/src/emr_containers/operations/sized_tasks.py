"""The tasks whose job runs are sized by earlier runs: what is known of one, and how it is forgotten."""

from collections.abc import Mapping
from typing import Any

import msgspec

from emr_containers.exceptions import ResourceNotFoundException
from emr_containers.operations.context import Context
from emr_containers.sizing.plan.planner import HISTORY, plan_sizes
from emr_containers.sizing.records import planned_from, run_from
from emr_containers.sizing.report import sentence
from emr_containers.store.sized_runs import delete_history, owners, read_runs, signatures


def describe_task(context: Context, *, cluster: str, signature: str | None) -> dict[str, Any]:
    """Returns what is known of a task: its runs, and the plan that its next run would get. Without one, all names.

    Each run also has the sizes that today's rules would have planned for it from the runs before it.

    Raises:
        ResourceNotFoundException: no run of this task is known.
    """
    with context.database.read() as session:
        if signature is None:
            return {"signatures": signatures(session, cluster=cluster)}
        rows = read_runs(session, cluster=cluster, signature=signature)
        owner = owners(session, [row.id for row in rows])
    newest = planned_from(rows[-1].planned) if rows else None
    if newest is None:
        raise ResourceNotFoundException(
            f"No event log of a run of {signature!r} was read in virtual cluster {cluster!r}: its sizes are those of "
            "its template."
        )
    known = [
        (row, planned, run)
        for row in rows
        if (planned := planned_from(row.planned)) is not None
        and (run := run_from(row.planned, row.outcome)) is not None
    ]
    runs = [run for _, _, run in known]
    plan = plan_sizes(runs, defaults=newest.defaults, bounds=newest.bounds, fixed=newest.fixed)
    return {
        "signature": signature,
        "runs": [
            {
                "jobRunId": row.id,
                "createdAt": row.created_at,
                "owner": owner.get(row.id),
                "planned": row.planned,
                "outcome": row.outcome,
                "replayed": plan_sizes(
                    runs[:at], defaults=planned.defaults, bounds=planned.bounds, fixed=planned.fixed
                ).sizes,
            }
            for at, (row, planned, _) in enumerate(known)
        ],
        "next": {
            "sizes": plan.sizes.properties(),
            "why": sentence(plan, runs=min(len(runs), HISTORY), applied=True),
        },
    }


def forget_task(context: Context, *, cluster: str, signature: str) -> dict[str, Any]:
    """Forgets the runs of a task, so that its next run has the template's sizes. Returns how many there were.

    Raises:
        ResourceNotFoundException: no run of this task is known.
    """
    with context.database.write() as session:
        number = delete_history(session, cluster=cluster, signature=signature)
    if not number:
        raise ResourceNotFoundException(f"No run of {signature!r} is known in virtual cluster {cluster!r}.")
    return {"signature": signature, "forgotten": number}


def as_json(known: Mapping[str, Any]) -> bytes:
    """Returns an answer as JSON."""
    return msgspec.json.encode(known)
