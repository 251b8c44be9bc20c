"""The logs of drivers that are processes: their files, and their uploads to S3.

A job always writes to files of this machine. So it does not wait for S3, and no line is lost if the server is killed:
the next server uploads the files. Once S3 has the whole log of a run that has ended, the files are removed.
"""

import asyncio
import errno
import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs import rotation as log_rotation
from emr_containers.runtimes.logs.files import open_files, remove_files
from emr_containers.runtimes.logs.location import LogLocation, log_location
from emr_containers.runtimes.logs.monitoring import check_monitoring, rotation, unsupported_request
from emr_containers.runtimes.logs.streams import STREAMS, Log, Stream, log_directory, log_folder, log_uri
from emr_containers.runtimes.outcome import Outcome, ReportProgress, discard_progress
from emr_containers.runtimes.process.job_user import JobUser, changeable
from emr_containers.runtimes.runtime import JobAttempt, StartedAttempt
from emr_containers.runtimes.uris import split_uri

if TYPE_CHECKING:
    from emr_containers.runtimes.logs.store import LogStore

log = structlog.get_logger()


class ProcessLogs:
    """The logs of one server's job runs.

    Args:
        default: the folder for logs without a `logUri`, and for logs before their upload to S3.
        timeout: seconds that the end of a run waits for S3 to store the whole log.
        user: the jobs' user, if it is not the server's.
    """

    def __init__(self, default: Path, *, timeout: float, user: JobUser | None = None) -> None:
        self._default, self._timeout, self._user = default, timeout, user
        self._made: LogStore | None = None

    def check(self, spec: JobSpec) -> None:
        """Checks the location of a job's logs, as far as its specification alone tells.

        Raises:
            ValidationException: the logs cannot be written there.
        """
        check_monitoring(spec)
        if _location("any", virtual_cluster="any", spec=spec) is None:
            log_directory("any", virtual_cluster="any", spec=spec, default=self._default)
        elif find_spec("boto3") is None:
            raise ValidationException(
                f"logUri {log_uri(spec)!r} needs the module 'boto3' on the server: install "
                "longshore-emr-containers[kubernetes] there, or use a file:///… URI."
            )

    def folder(self, job: JobAttempt) -> Path:
        """Returns the folder to which the driver writes.

        Raises:
            ValidationException: the job's `logUri` has an unknown scheme.
        """
        if self._location(job) is not None:
            return self._default / log_folder(job.id, virtual_cluster=job.virtual_cluster_id)
        return log_directory(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default)

    def open(self, job: JobAttempt, stream: Stream) -> Log:
        """See `Runtime.open_log`. Files of this machine are used as long as they exist."""
        location = self._location(job)
        try:
            return open_files(self.folder(job), stream)
        except FileNotFoundError:
            if location is None:
                raise
        from emr_containers.runtimes.logs.store import LogStoreError

        try:
            return self._store().open(location, stream)
        except LogStoreError as error:
            raise OSError(errno.EIO, str(error)) from error

    def prepare(self, job: JobAttempt) -> Path:
        """Creates the folder and the files for the driver's output, if they are missing.

        Raises:
            ValidationException: they cannot be created, or the job's `logUri` has an unknown scheme.
        """
        logs = self.folder(job)
        try:
            logs.mkdir(parents=True, exist_ok=True)
            if self._user is not None and (place := changeable(logs, self._user)) is not None:
                # Otherwise root would write what a job says to wherever a job's link leads.
                raise ValidationException(
                    f"The log location {str(logs)!r} is in {place!r}, where jobs may write: name a folder of the "
                    "server's own."
                )
            for stream in STREAMS:
                with (logs / stream).open("ab") as file:
                    if self._user is not None:  # a job may open its /dev/stdout
                        os.fchown(file.fileno(), self._user.uid, self._user.gid)
        except OSError as error:
            raise ValidationException(
                f"The log location {error.filename!r} cannot be written: {error.strerror}."
            ) from error
        return logs

    async def begin(self, job: JobAttempt) -> None:
        """Checks before the first attempt that S3 accepts the log, and logs which of the job's requests are not met.

        Raises:
            ValidationException: S3 refuses the log for good.
        """
        if (missing := unsupported_request(job.spec)) is not None:
            log.warning("a job run asks for something that this server does not do", job_run=job.id, what=missing)
        if (location := self._location(job)) is not None:
            store = await asyncio.to_thread(self._store)
            from emr_containers.runtimes.logs.upload import create_log

            await create_log(store, location, job_run=job.id)

    def with_upload(self, job: JobAttempt, attempt: StartedAttempt) -> StartedAttempt:
        """Returns the attempt with the upload of its log: `wait` then also waits until S3 has the log."""
        location = self._location(job)
        if location is None:
            return attempt
        return LoggedAttempt(
            job=job,
            attempt=attempt,
            folder=self.folder(job),
            store=self._store(),
            location=location,
            timeout=self._timeout,
        )

    def close(self) -> None:
        """Stops the uploads."""
        if self._made is not None:
            self._made.threads.shutdown(wait=False, cancel_futures=True)

    def _location(self, job: JobAttempt) -> LogLocation | None:
        return _location(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec)

    def _store(self) -> "LogStore":
        if self._made is None:
            # Imported late: boto3 is large, and a server whose jobs log to files does not need it.
            from emr_containers.runtimes.logs.store import LogStore

            self._made = LogStore()
        return self._made


def rotation_command(spec: JobSpec, folder: Path) -> str:
    """Returns the shell command that rotates the log in `folder`; empty if the job asks for no rotation."""
    asked = rotation(spec)
    if asked is None:
        return ""
    # Without site-packages it starts at once, and does not depend on the job's environment or the server's.
    program = [sys.executable, "-I", "-S", log_rotation.__file__]
    return shlex.join([*program, str(folder), str(asked.size), str(asked.keep)])


class LoggedAttempt:
    """An attempt whose log is uploaded to S3 while it runs, and at its end."""

    def __init__(
        self,
        *,
        job: JobAttempt,
        attempt: StartedAttempt,
        folder: Path,
        store: "LogStore",
        location: LogLocation,
        timeout: float,
    ) -> None:
        self._job, self._attempt, self._folder, self._store, self._location = job, attempt, folder, store, location
        self._timeout = timeout

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """See `StartedAttempt.wait`. It also waits for the upload of the log, for a limited time."""
        from emr_containers.runtimes.logs.upload import LogUpload

        upload = LogUpload(store=self._store, folder=self._folder, location=self._location, timeout=self._timeout)
        try:
            outcome = await self._attempt.wait(report)
            if await upload.finish() and _is_last(self._job, outcome):
                await asyncio.to_thread(remove_files, self._folder, up_to=self._folder.parents[3])
        finally:
            upload.abandon()
        return outcome

    async def stop(self) -> None:
        """See `StartedAttempt.stop`."""
        await self._attempt.stop()


def _is_last(job: JobAttempt, outcome: Outcome) -> bool:
    # The next attempt appends to the same files.
    attempts = job.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
    return outcome.succeeded or not outcome.retryable or job.attempt >= attempts


def _location(job_run: str, *, virtual_cluster: str, spec: JobSpec) -> LogLocation | None:
    uri = log_uri(spec)
    if uri is None or split_uri(uri, what="logUri").scheme != "s3":
        return None
    return log_location(job_run, virtual_cluster=virtual_cluster, spec=spec, default=None)
