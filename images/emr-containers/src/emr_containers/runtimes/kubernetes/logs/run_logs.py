"""The logs of runs: in the state directory while they are written, afterwards where they are stored."""

import errno
from pathlib import Path

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.logs.driver_log import DriverLog
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.logs.files import open_files
from emr_containers.runtimes.logs.location import LogLocation, log_location
from emr_containers.runtimes.logs.monitoring import rotation, unsupported_request
from emr_containers.runtimes.logs.store import LogStore, LogStoreError
from emr_containers.runtimes.logs.streams import Log, Stream, log_folder, log_uri
from emr_containers.runtimes.logs.upload import create_log
from emr_containers.runtimes.runtime import JobAttempt
from emr_containers.runtimes.spark.submit import is_sql

log = structlog.get_logger()


class RunLogs:
    """The logs of all runs of one server."""

    def __init__(self, *, state_directory: Path, default: str | None) -> None:
        """Args:
        state_directory: the server's folder, in which the logs are written.
        default: the URI for the logs of jobs without a `logUri`.
        """
        self._state_directory, self._default = state_directory, default
        self.store = LogStore()
        """S3, with the server's own credentials."""

    def close(self) -> None:
        """Stops the uploads."""
        self.store.threads.shutdown(wait=False, cancel_futures=True)

    async def begin(self, job: JobAttempt) -> None:
        """Checks that the run's log can be stored.

        Raises:
            ValidationException: S3 refuses the log at the location that the job itself names.
        """
        if (missing := unsupported_request(job.spec)) is not None:
            log.warning("a job run asks for something that this server does not do", job_run=job.id, what=missing)
        location = self._location(job)
        # If the server's own --log-uri names the location, a refusal is not the job's mistake.
        if location is not None and log_uri(job.spec) is not None:
            await create_log(self.store, location, job_run=job.id)

    def follow(self, job: JobAttempt, run: RunIdentity, api: Api) -> DriverLog:
        """Follows the log of a run, and returns it."""
        return DriverLog(
            api=api,
            run=run,
            folder=self._folder(job),
            rotation=rotation(job.spec),
            store=self.store,
            location=self._location(job),
            sql=is_sql(job.spec),
        )

    def open(self, job: JobAttempt, stream: Stream) -> Log:
        """See `Runtime.open_log`."""
        location = self._location(job)
        try:
            return open_files(self._folder(job), stream)
        except FileNotFoundError:
            if location is None:
                raise
        try:
            return self.store.open(location, stream)
        except LogStoreError as error:
            raise OSError(errno.EIO, str(error)) from error

    def _folder(self, job: JobAttempt) -> Path:
        return self._state_directory / "logs" / log_folder(job.id, virtual_cluster=job.virtual_cluster_id)

    def _location(self, job: JobAttempt) -> LogLocation | None:
        try:
            return log_location(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default)
        except ValidationException:
            return None  # an earlier server, with another runtime, accepted the location
