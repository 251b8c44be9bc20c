"""Where runs' logs are: as they are written, in the state directory; afterwards where they are stored."""

import errno
from pathlib import Path

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.job import Job
from emr_containers.runtimes.kubernetes.api import Api
from emr_containers.runtimes.kubernetes.driver_log import DriverLog
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.log_files import open_files
from emr_containers.runtimes.log_location import LogLocation, log_location
from emr_containers.runtimes.log_store import LogStore, LogStoreError
from emr_containers.runtimes.log_upload import begin_log
from emr_containers.runtimes.logs import Log, Stream, log_folder, log_uri
from emr_containers.runtimes.monitoring import rotation, unmet

log = structlog.get_logger()


class RunLogs:
    """The logs of all runs of a server."""

    def __init__(self, *, state_directory: Path, default: str | None) -> None:
        """`default` is the URI for those whose jobs name none."""
        self._state_directory, self._default = state_directory, default
        self._store = LogStore()

    def close(self) -> None:
        """Stores no other."""
        self._store.threads.shutdown(wait=False, cancel_futures=True)

    async def begin(self, job: Job) -> None:
        """Checks that the run's log can be stored.

        Raises:
            ValidationException: the place that the job itself names refuses it.
        """
        if (missing := unmet(job.spec)) is not None:
            log.warning("a job run asks for what is not done here", job_run=job.id, what=missing)
        location = self._location(job)
        # A place that the server's own --log-uri names, and not the job, is not the job's mistake.
        if location is not None and log_uri(job.spec) is not None:
            await begin_log(self._store, location, job_run=job.id)

    def follow(self, job: Job, run: Run, api: Api) -> DriverLog:
        """The log of a run that goes on."""
        return DriverLog(
            api=api,
            run=run,
            folder=self._folder(job),
            rotation=rotation(job.spec),
            store=self._store,
            location=self._location(job),
        )

    def open(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`."""
        location = self._location(job)
        try:
            return open_files(self._folder(job), stream)
        except FileNotFoundError:
            if location is None:
                raise
        try:
            return self._store.open(location, stream)
        except LogStoreError as error:
            raise OSError(errno.EIO, str(error)) from error

    def _folder(self, job: Job) -> Path:
        return self._state_directory / "logs" / log_folder(job.id, virtual_cluster=job.virtual_cluster_id)

    def _location(self, job: Job) -> LogLocation | None:
        try:
            return log_location(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default)
        except ValidationException:
            return None  # accepted by a server before, with another runtime
