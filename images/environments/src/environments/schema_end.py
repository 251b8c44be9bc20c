"""How the jobs of an environment end, and its lake schema with them: what is next, by the runs that there are. Pure.

Nothing is remembered between two looks: a run that drops the schema is known by its client token, which is made of the
environment's UID and the number of the try, so that no try is started twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY, MOST_RETRY = timedelta(seconds=30), timedelta(minutes=10)
"""Between the end of a try that failed and the next, four times as long each time: the first may only have come too
early, and later ones need somebody's help."""
_ENDED = ("COMPLETED", "FAILED", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A job run of the environment's virtual cluster."""

    id: str
    state: str
    """As the EMR Containers API calls it."""
    token: str
    """The client token that it was started with."""
    created_at: datetime
    finished_at: datetime | None = None
    reason: str = ""
    """Why it failed."""

    @property
    def active(self) -> bool:
        return self.state not in _ENDED


@dataclass(frozen=True)
class Cancel:
    """Runs are to be cancelled, or their end is to be waited for."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Start:
    """The schema is to be dropped, by a run with this client token."""

    token: str


@dataclass(frozen=True)
class Wait:
    """A run drops the schema."""

    run: Run


@dataclass(frozen=True)
class Failed:
    """A run could not drop the schema, and it is too early for another."""

    run: Run


@dataclass(frozen=True)
class Delete:
    """Nothing is left to do in the virtual cluster."""


Step = Cancel | Start | Wait | Failed | Delete


def next_step(runs: Iterable[Run], *, uid: str, drop: bool, now: datetime) -> Step:
    """What is to be done now; once it is, ask again.

    Args:
        runs: all that the virtual cluster ever had.
        uid: of the environment.
        drop: whether the schema is to go.
        now: aware.
    """
    prefix = f"drop-schema-{uid}-"
    tries: list[Run] = []
    others: list[Run] = []
    for run in sorted(runs, key=lambda each: each.created_at):
        (tries if run.token.startswith(prefix) else others).append(run)
    if active := tuple(run for run in (others if drop else [*tries, *others]) if run.active):
        return Cancel(active)
    if not drop or not others:
        return Delete()
    another = Start(f"{prefix}{len(tries) + 1}")
    if not tries:
        return another
    last = tries[-1]
    if last.active:
        return Wait(last)
    if last.state == "COMPLETED":
        # What was started after it may have written.
        return Delete() if others[-1].created_at <= last.created_at else another
    pause = min(RETRY * 4 ** min(len(tries) - 1, 4), MOST_RETRY)
    early = last.finished_at is not None and now - last.finished_at < pause
    return Failed(last) if early else another
