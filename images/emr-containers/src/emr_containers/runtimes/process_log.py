"""Where the drivers of processes write their logs, and how S3 gets those that belong there.

A job writes to files of this machine in any case, so that it neither waits for S3 nor loses a line where the server is
killed: the next one sends what they hold. Once S3 has the whole log of a run that is over, the files are taken away.
"""

import asyncio
import errno
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes import log_rotation
from emr_containers.runtimes.job import Attempt, Job
from emr_containers.runtimes.log_files import open_files, remove_files
from emr_containers.runtimes.log_location import LogLocation, log_location
from emr_containers.runtimes.logs import STREAMS, Log, Stream, log_folder, log_uri, split_uri
from emr_containers.runtimes.monitoring import check_monitoring, rotation, unmet
from emr_containers.runtimes.outcome import Outcome, Tell, tell_nobody
from emr_containers.runtimes.spark_submit import log_directory

if TYPE_CHECKING:
    from emr_containers.runtimes.log_store import LogStore

log = structlog.get_logger()


class ProcessLogs:
    """The logs of one server's job runs.

    Args:
        default: the folder for logs without a `logUri`, and for those on their way to S3.
    """

    def __init__(self, default: Path) -> None:
        self._default = default
        self._made: LogStore | None = None

    def check(self, spec: JobSpec) -> None:
        """Checks where a job wants its logs, as far as its specification alone tells.

        Raises:
            ValidationException: they cannot go there.
        """
        check_monitoring(spec)
        if _location("any", virtual_cluster="any", spec=spec) is None:
            log_directory("any", virtual_cluster="any", spec=spec, default=self._default)
        elif find_spec("boto3") is None:
            raise ValidationException(
                f"logUri {log_uri(spec)!r} needs the module 'boto3' on the server: install "
                "longshore-emr-containers[kubernetes] there, or use a file:///… URI."
            )

    def folder(self, job: Job) -> Path:
        """Where the driver writes.

        Raises:
            ValidationException: the job's `logUri` is of no kind that is known here.
        """
        if self._location(job) is not None:
            return self._default / log_folder(job.id, virtual_cluster=job.virtual_cluster_id)
        return log_directory(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default)

    def open(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`: from here as long as it is here."""
        location = self._location(job)
        try:
            return open_files(self.folder(job), stream)
        except FileNotFoundError:
            if location is None:
                raise
        from emr_containers.runtimes.log_store import LogStoreError

        try:
            return self._store().open(location, stream)
        except LogStoreError as error:
            raise OSError(errno.EIO, str(error)) from error

    def prepare(self, job: Job) -> Path:
        """Makes the folder and the files that the driver will write, if they are not there.

        Raises:
            ValidationException: they cannot be made, or the job's `logUri` is of no kind that is known here.
        """
        logs = self.folder(job)
        try:
            logs.mkdir(parents=True, exist_ok=True)
            for stream in STREAMS:
                (logs / stream).open("ab").close()
        except OSError as error:
            raise ValidationException(
                f"The log location {error.filename!r} cannot be written: {error.strerror}."
            ) from error
        return logs

    async def begin(self, job: Job) -> None:
        """Before the first attempt: sees that S3 takes the log, and says what of the job's wishes is not met here.

        Raises:
            ValidationException: it does not, and will not.
        """
        if (missing := unmet(job.spec)) is not None:
            log.warning("a job run asks for what is not done here", job_run=job.id, what=missing)
        if (location := self._location(job)) is not None:
            store = await asyncio.to_thread(self._store)
            from emr_containers.runtimes.log_upload import begin_log

            await begin_log(store, location, job_run=job.id)

    def following(self, job: Job, attempt: Attempt) -> Attempt:
        """The attempt, which ends for whoever waits when S3 has its log."""
        location = self._location(job)
        if location is None:
            return attempt
        return LoggedAttempt(job=job, attempt=attempt, folder=self.folder(job), store=self._store(), location=location)

    def close(self) -> None:
        """Lets go of the connections to S3."""
        if self._made is not None:
            self._made.threads.shutdown(wait=False, cancel_futures=True)

    def _location(self, job: Job) -> LogLocation | None:
        return _location(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec)

    def _store(self) -> "LogStore":
        if self._made is None:
            # Imported late: boto3 is large, and a server whose jobs log to files needs none.
            from emr_containers.runtimes.log_store import LogStore

            self._made = LogStore()
        return self._made


def rotation_command(spec: JobSpec, folder: Path) -> str:
    """The shell's words for the program that rotates the log in `folder`; empty where it is not to be rotated."""
    asked = rotation(spec)
    if asked is None:
        return ""
    # Without site-packages: what a job's environment or this one holds is no matter, and it starts at once.
    program = [sys.executable, "-I", "-S", log_rotation.__file__]
    return shlex.join([*program, str(folder), str(asked.size), str(asked.keep)])


class LoggedAttempt:
    """An attempt whose log S3 gets while it runs, and at its end."""

    def __init__(self, *, job: Job, attempt: Attempt, folder: Path, store: "LogStore", location: LogLocation) -> None:
        self._job, self._attempt, self._folder, self._store, self._location = job, attempt, folder, store, location

    async def wait(self, tell: Tell = tell_nobody) -> Outcome:
        """See `Attempt.wait`: it ends when S3 has the log, or has not taken it in time."""
        from emr_containers.runtimes.log_upload import LogUpload

        upload = LogUpload(store=self._store, folder=self._folder, location=self._location)
        try:
            outcome = await self._attempt.wait(tell)
            if await upload.finish() and _is_last(self._job, outcome):
                await asyncio.to_thread(remove_files, self._folder, up_to=self._folder.parents[3])
        finally:
            upload.abandon()
        return outcome

    async def stop(self) -> None:
        """See `Attempt.stop`."""
        await self._attempt.stop()


def _is_last(job: Job, outcome: Outcome) -> bool:
    # The next attempt goes on in the same files.
    attempts = job.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
    return outcome.succeeded or not outcome.retryable or job.attempt >= attempts


def _location(job_run: str, *, virtual_cluster: str, spec: JobSpec) -> LogLocation | None:
    uri = log_uri(spec)
    if uri is None or split_uri(uri, what="logUri").scheme != "s3":
        return None
    return log_location(job_run, virtual_cluster=virtual_cluster, spec=spec, default=None)
