"""Job runs as processes of this machine: each attempt a process group of its own that outlives the server.

An attempt has a folder. A small shell program (`launcher.sh`) writes its process ID there before it starts the job, and
the job's exit status afterwards. A second launcher finds the file `pid` and does nothing. So a server that was killed
at any point may simply start the attempt again: it runs once, and its end is on disk for every later server. When the
driver ends, all processes that it started end, as in a pod. The job itself works in the folder `work`.

The folder is made before the claim is committed. If it is missing later, or lies in a state directory that cannot be
seen from here, the attempt may have begun: it is found by its processes, or it is lost. It is not started again.
"""

import asyncio
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.event_logs import local_profile
from emr_containers.runtimes.logs.streams import Log, Stream
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.process.attempt import ProcessAttempt
from emr_containers.runtimes.process.attempt_launcher import AttemptLauncher
from emr_containers.runtimes.process.confinement import Confinement
from emr_containers.runtimes.process.failures import DriverOutput, lost
from emr_containers.runtimes.process.folder_watch import FolderWatch
from emr_containers.runtimes.process.group import ProcessGroup, find_folder
from emr_containers.runtimes.process.logs import ProcessLogs
from emr_containers.runtimes.process.marks import claim_pid_file, has_begun
from emr_containers.runtimes.process.place import Place, attempt_folder, marker
from emr_containers.runtimes.runtime import JobAttempt, NotePlace, StartedAttempt, forget_place
from emr_containers.runtimes.spark.submit import build_command, is_sql
from emr_containers.settings import Release
from emr_containers.sizing.profile import Profile


class ProcessRuntime:
    """The runtime whose jobs are processes of this machine."""

    def __init__(
        self,
        *,
        state_directory: Path,
        default_logs: Path,
        releases: dict[str, Release],
        confinement: Confinement | None = None,
        popen: "Callable[..., subprocess.Popen[bytes]]" = subprocess.Popen,
        group: Callable[..., ProcessGroup] = ProcessGroup,
        grace: float = 15.0,
        log_timeout: float = 300.0,
    ) -> None:
        """Args:
        confinement: separates jobs from the server. None: they run as the server's own user.
        popen: starts a launcher.
        group: creates an attempt's `ProcessGroup` from its fields.
        grace: seconds between SIGTERM and SIGKILL.
        log_timeout: seconds that the end of a run waits for S3 to store the whole log.
        """
        self._state_directory = state_directory
        user = None if confinement is None else confinement.user
        self._logs = ProcessLogs(default_logs, timeout=log_timeout, user=user)
        self._launcher = AttemptLauncher(releases=releases, logs=self._logs, confinement=confinement, popen=popen)
        self._releases, self._group, self._grace = releases, group, grace
        self._folders = FolderWatch()

    def reserve(self, job: JobAttempt) -> str | None:
        """See `Runtime.reserve`: the attempt's folder, in this state directory."""
        try:
            attempt_folder(self._state_directory, job).mkdir(parents=True, exist_ok=True)
            return self._place.name
        except OSError:
            return None  # nor can it be started then, which says why

    async def start(self, job: JobAttempt, _note_place: NotePlace = forget_place) -> StartedAttempt | Outcome:
        """See `Runtime.start`: `reserve` has named the place."""
        started = await asyncio.to_thread(self._begun, job)
        if started is None:
            try:
                await self._logs.begin(job)
            except ValidationException as error:
                return _refused(error)
            started = await asyncio.to_thread(self._start, job)
        return started if isinstance(started, Outcome) else self._logged(job, started)

    async def find(self, job: JobAttempt) -> StartedAttempt | Outcome | None:
        """See `Runtime.find`."""
        found = await asyncio.to_thread(self._find, job)
        return self._logged(job, found) if isinstance(found, ProcessAttempt) else found

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        build_command(spec, self._releases[spec["releaseLabel"]])
        self._logs.check(spec)

    def log_file(self, job: JobAttempt, stream: Stream) -> Path:
        """Returns the file with the driver's output, or with the newest part of it."""
        return self._logs.folder(job) / stream

    def open_log(self, job: JobAttempt, stream: Stream) -> Log:
        """See `Runtime.open_log`."""
        return self._logs.open(job, stream)

    def read_profile(self, job: JobAttempt) -> Profile:
        """See `Runtime.read_profile`."""
        return local_profile(job.id, job.spec, self._releases.get(job.spec["releaseLabel"]))

    async def close(self) -> None:
        """See `Runtime.close`."""
        self._logs.close()

    def _attempt(self, job: JobAttempt, folder: Path, **known: Any) -> ProcessAttempt:
        processes = self._group(folder=folder, marker=marker(job))
        release = self._releases.get(job.spec["releaseLabel"])
        output = DriverOutput(
            logs=self._log_folder(job),
            errors="stdout" if release is not None and release.kind == "spark" else "stderr",
            is_sql=is_sql(job.spec),
        )
        return ProcessAttempt(
            folder=folder,
            processes=processes,
            output=output,
            grace=self._grace,
            folders=self._folders,
            **known,
        )

    def _log_folder(self, job: JobAttempt) -> Path | None:
        with suppress(ValidationException):  # an earlier server, with another runtime, accepted the location
            return self._logs.folder(job)
        return None

    def _logged(self, job: JobAttempt, attempt: ProcessAttempt) -> StartedAttempt:
        # What is written in another state directory is not for this server to send.
        ours = attempt.folder == attempt_folder(self._state_directory, job)
        return self._logs.with_upload(job, attempt) if ours else attempt

    @cached_property
    def _place(self) -> Place:
        return Place(self._state_directory)

    def _claimed_folder(self, job: JobAttempt) -> Path | None:
        """Returns the attempt's folder, or None if it cannot be seen from here."""
        directory = self._place.directory(job.claimed_in)
        return None if directory is None else attempt_folder(directory, job)

    def _begun(self, job: JobAttempt) -> ProcessAttempt | Outcome | None:
        """The attempt if it has begun, its end if it may have and cannot be seen from here; None: it has not begun."""
        folder = self._claimed_folder(job)
        if folder is not None and (has_begun(folder) or (job.driver_has_run and folder.is_dir())):
            # An earlier server started it; the present configuration does not matter.
            return self._attempt(job, folder, begun=True)
        if folder is not None and (folder.is_dir() or (job.claimed_in is None and not job.driver_has_run)):
            return None
        if (elsewhere := find_folder(marker(job))) is not None:
            return self._attempt(job, elsewhere, begun=True)
        if folder is not None:
            return lost(folder, f"The attempt's folder {str(folder)!r} was removed, and no process of it runs here.")
        return lost(
            attempt_folder(self._state_directory, job),
            "The attempt was claimed with another state directory, which is not on this machine any more, and no "
            "process of it runs here.",
        )

    def _find(self, job: JobAttempt) -> ProcessAttempt | Outcome | None:
        if (begun := self._begun(job)) is not None:
            return begun
        folder = self._claimed_folder(job) or attempt_folder(self._state_directory, job)
        folder.mkdir(parents=True, exist_ok=True)
        # A launcher that an earlier server is about to start must not begin after this answer.
        attempt = self._attempt(job, folder, begun=True)
        return None if claim_pid_file(folder) and not attempt.processes.any() else attempt

    def _start(self, job: JobAttempt) -> ProcessAttempt | Outcome:
        folder = self._claimed_folder(job) or attempt_folder(self._state_directory, job)
        try:
            started = self._launcher.launch(job, folder)
        except ValidationException as error:
            return _refused(error)
        except OSError as error:
            return Outcome(
                succeeded=False,
                reason="INTERNAL_ERROR",
                details=f"The attempt cannot be started: {error.strerror}.",
                messages={str(job.attempt): ""},
            )
        # Polling removes an ended child from the process table.
        return self._attempt(job, folder, reap=started.poll)


def _refused(error: ValidationException) -> Outcome:
    return Outcome(succeeded=False, reason="VALIDATION_ERROR", details=str(error), retryable=False)
