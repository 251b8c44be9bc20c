"""What a runtime is given, and what it must do."""

from dataclasses import dataclass
from typing import Protocol, cast

from emr_containers.database import JobRun, VirtualCluster
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.logs import Log, Stream
from emr_containers.runtimes.outcome import Outcome, Tell, tell_nobody


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt of a job run."""

    id: str
    virtual_cluster_id: str
    attempt: int
    """From 1."""
    spec: JobSpec
    namespace: str = "default"
    """The virtual cluster's."""
    owner: str | None = None
    """Whose the job run is, where it says so."""
    begun: bool = False
    """Whether the row says that the driver has run."""

    @classmethod
    def of(cls, row: JobRun, cluster: VirtualCluster | None = None) -> "Job":
        """The current attempt of the job run in `row`, of the virtual cluster in `cluster`."""
        spec = cast(JobSpec, row.spec)  # JSON that build_spec made
        return cls(
            id=row.id,
            virtual_cluster_id=row.virtual_cluster_id,
            attempt=row.attempt,
            spec=spec,
            namespace="default" if cluster is None else cluster.namespace,
            owner=row.owner,
            begun=row.state == "RUNNING",
        )


class Attempt(Protocol):
    """An attempt that was started."""

    async def wait(self, tell: Tell = tell_nobody) -> Outcome:
        """Until the attempt has ended, however it does.

        Args:
            tell: is told how far it is, whenever that has changed.
        """

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

    def open_log(self, job: Job, stream: Stream) -> Log:
        """The driver's output.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be read.
        """

    async def close(self) -> None:
        """Lets go of what is held for following job runs; they themselves go on."""
