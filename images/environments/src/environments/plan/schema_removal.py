"""The next step in ending an environment's jobs and dropping its lake schema, from the job runs that exist. Pure.

Nothing is remembered between two steps. A run that drops the schema is known by its client token, which consists of
the environment's UID and the number of the attempt, so no attempt is started twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY, MOST_RETRY = timedelta(seconds=30), timedelta(minutes=10)
"""The pause after a failed attempt, four times as long each time: the first attempt may only have been too early, and
later ones need a platform operator's help."""
_ENDED = ("COMPLETED", "FAILED", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A job run of the environment's virtual cluster."""

    id: str
    state: str
    """The state by the EMR Containers API's name."""
    token: str
    """The client token of its start."""
    created_at: datetime
    finished_at: datetime | None = None
    reason: str = ""
    """The reason of its failure."""

    @property
    def active(self) -> bool:
        return self.state not in _ENDED


@dataclass(frozen=True)
class Cancel:
    """Cancel these runs, or wait for their end."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Start:
    """Start a run with this client token that drops the schema."""

    token: str


@dataclass(frozen=True)
class Wait:
    """Wait for this run, which drops the schema."""

    run: Run


@dataclass(frozen=True)
class Failed:
    """This run could not drop the schema, and it is too early for another attempt."""

    run: Run


@dataclass(frozen=True)
class Delete:
    """Delete the virtual cluster; nothing is left to do in it."""


Step = Cancel | Start | Wait | Failed | Delete


def next_step(runs: Iterable[Run], *, uid: str, drop: bool, now: datetime) -> Step:
    """Returns the step to take now; ask again after it.

    Args:
        runs: all runs that the virtual cluster ever had.
        uid: the environment's.
        drop: whether to drop the schema.
        now: aware.
    """
    prefix = f"drop-schema-{uid}-"
    attempts: list[Run] = []
    others: list[Run] = []
    for run in sorted(runs, key=lambda each: each.created_at):
        (attempts if run.token.startswith(prefix) else others).append(run)
    if active := tuple(run for run in (others if drop else [*attempts, *others]) if run.active):
        return Cancel(active)
    if not drop or not others:
        return Delete()
    another = Start(f"{prefix}{len(attempts) + 1}")
    if not attempts:
        return another
    last = attempts[-1]
    if last.active:
        return Wait(last)
    if last.state == "COMPLETED":
        # A run that started after it may have written.
        return Delete() if others[-1].created_at <= last.created_at else another
    pause = min(RETRY * 4 ** min(len(attempts) - 1, 4), MOST_RETRY)
    early = last.finished_at is not None and now - last.finished_at < pause
    return Failed(last) if early else another
