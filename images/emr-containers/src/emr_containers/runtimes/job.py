"""What a runtime is given, and what it tells of a job's end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

from emr_containers.database import JobRun
from emr_containers.job_spec import JobSpec

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt of a job run."""

    id: str
    virtual_cluster_id: str
    attempt: int
    """From 1."""
    spec: JobSpec

    @classmethod
    def of(cls, row: JobRun) -> "Job":
        """The current attempt of the job run in `row`."""
        spec = cast(JobSpec, row.spec)  # JSON that build_spec made
        return cls(id=row.id, virtual_cluster_id=row.virtual_cluster_id, attempt=row.attempt, spec=spec)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended."""

    succeeded: bool
    details: str
    """For `stateDetails`; empty when it succeeded."""
    reason: Literal["USER_ERROR", "VALIDATION_ERROR", "INTERNAL_ERROR"] | None = None
    retryable: bool = True
    """Whether another attempt may end better."""


class Attempt(Protocol):
    """An attempt that was started."""

    async def wait(self) -> Outcome:
        """Until the attempt has ended, however it does."""

    async def stop(self) -> None:
        """Ends the attempt, by force if it does not go; `wait` then returns."""


class Runtime(Protocol):
    """Where jobs run."""

    def check(self, spec: JobSpec) -> None:
        """Checks that a job can be run here, as far as its specification alone tells.

        Raises:
            ValidationException: it cannot.
        """

    async def start(self, job: Job) -> Attempt | Outcome:
        """Starts the attempt, or finds it where it was started before: it is never started twice.

        Returns an Outcome when the attempt cannot be started at all.
        """

    async def find(self, job: Job) -> Attempt | None:
        """The attempt if it was ever started; None if not, and then it never will be."""

    def log_file(self, job: Job, stream: Stream) -> Path:
        """Where the driver's output lies."""
