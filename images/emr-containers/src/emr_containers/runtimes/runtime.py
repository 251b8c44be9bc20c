"""The interface of a runtime: an attempt of a job run goes in, a started attempt comes out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs.streams import Log, Stream
from emr_containers.runtimes.outcome import Outcome, ReportProgress, discard_progress
from emr_containers.sizing.profile import Profile


@dataclass(frozen=True, kw_only=True)
class JobAttempt:
    """One attempt of a job run."""

    id: str
    virtual_cluster_id: str
    attempt: int
    """The number of the attempt, from 1."""
    spec: JobSpec
    namespace: str = "default"
    """The virtual cluster's namespace."""
    owner: str | None = None
    """The owner of the job run; None if it names none."""
    driver_has_run: bool = False
    """True if the run's row says that a driver has run, so that the run must not be started anew."""
    claimed_in: str | None = None
    """The name of the place in which the attempt may have begun: `Runtime.reserve` gave it, or `NotePlace` got it."""


NotePlace = Callable[[str], Awaitable[None]]
"""Stores the name of the place in which an attempt begins. It fails if this server may not dispatch any more."""


async def forget_place(_place: str) -> None:
    """Ignores the place, for callers that start nothing again."""


class StartedAttempt(Protocol):
    """An attempt that was started, by this server or by an earlier one."""

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """Waits until the attempt has ended, and returns its outcome.

        Args:
            report: receives the progress whenever it has changed.
        """

    async def stop(self) -> None:
        """Stops the attempt, by force if necessary; `wait` then returns."""


class Runtime(Protocol):
    """A runtime: it starts attempts of job runs and finds them again."""

    def check(self, spec: JobSpec) -> None:
        """Checks that a job can run here, as far as its specification alone tells.

        Raises:
            ValidationException: it cannot run here.
        """

    def reserve(self, job: JobAttempt) -> str | None:
        """Makes the place in which the attempt will begin, before its claim is committed.

        Returns the name of that place, by which a later server knows whether it can see what has begun there; None
        where the attempt is found from everywhere.
        """

    async def start(self, job: JobAttempt, note_place: NotePlace = forget_place) -> StartedAttempt | Outcome:
        """Starts the attempt, or finds it if it was started before; it is never started twice.

        Args:
            note_place: is called before anything of the attempt begins, where `reserve` could not name the place.

        Returns:
            The started attempt, or an Outcome if it cannot be started at all, or has begun and is lost.
        """

    async def find(self, job: JobAttempt) -> StartedAttempt | Outcome | None:
        """Returns the attempt if it was ever started, or an Outcome if it is lost.

        None: it was not started, and from now on it cannot start.
        """

    def open_log(self, job: JobAttempt, stream: Stream) -> Log:
        """Returns the driver's output.

        Raises:
            FileNotFoundError: there is no output.
            OSError: the output cannot be read.
        """

    def read_profile(self, job: JobAttempt) -> Profile:
        """Returns what a job run that has ended used, from its event log. It blocks: call it in a thread.

        Raises:
            EventLogError: the event log cannot be found or opened.
        """

    async def close(self) -> None:
        """Releases the resources for following job runs; the runs themselves go on."""
