"""The plan and the outcome of a sized job run, as they are stored. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from emr_containers.sizing.plan.sizes import Bounds, Part, Run, Sizes
from emr_containers.sizing.profile import Profile


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The plan of a job run, and what it was made from beside the history."""

    sizes: Sizes
    """The sizes that the job run was given."""
    defaults: Sizes
    """The sizes that it had without a plan."""
    bounds: Bounds = Bounds()  # noqa: RUF009  it is frozen
    fixed: Mapping[str, int] = field(default_factory=dict)
    """The sizes that the request or the machine gives, by the name of their field in `Sizes`."""
    why: str = ""
    applied: bool = True
    """False: the plan was only reported, and `sizes` are the defaults."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of a sized job run."""

    profile: Profile
    full: Part | None = None
    completed: bool = True


def packed(record: Planned | Outcome) -> dict[str, Any]:
    """Returns a record as JSON's types."""
    built: dict[str, Any] = msgspec.to_builtins(record)
    return built


def planned_from(stored: Any) -> Planned | None:
    """Returns a stored plan; None for that of a server whose records were others."""
    try:
        return msgspec.convert(stored, Planned)
    except msgspec.ValidationError:
        return None


def run_from(planned: Any, outcome: Any) -> Run | None:
    """Returns a run of the history from its stored plan and outcome; None as for `planned_from`."""
    plan = planned_from(planned)
    try:
        end = msgspec.convert(outcome, Outcome)
    except msgspec.ValidationError:
        return None
    if plan is None:
        return None
    return Run(profile=end.profile, sizes=plan.sizes, full=end.full, completed=end.completed)


def runs_from(records: Iterable[tuple[Any, Any]]) -> list[Run]:
    """Returns the runs of a history from their stored plans and outcomes, without those of other servers' records."""
    return [run for planned, outcome in records if (run := run_from(planned, outcome)) is not None]
