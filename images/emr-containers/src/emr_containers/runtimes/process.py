"""Job runs as processes of this machine: each attempt a process group of its own that outlives the server.

An attempt has a folder. A small shell (`_LAUNCHER`) writes its process ID there before it starts the job, and
the job's exit status after; the shell that comes second to the file `pid` does nothing. So a server that is
killed at any point may simply start the attempt again: it runs once, and its end is on disk for whoever asks.
The driver's end is the end of all that it started, as it is of a pod. The job itself works in the folder `work`.
"""

import asyncio
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.job import Job
from emr_containers.runtimes.logs import STREAMS, Log, Stream
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.process_attempt import ProcessAttempt, claim
from emr_containers.runtimes.spark_submit import build_command, local_entry_point, log_directory
from emr_containers.settings import Release

# `ln` fails where the file exists, so that one of two launchers wins, and `pid` is never seen half written.
# `trap :` lets the shell outlive a signal to the group, long enough to write down how the job took it. A full disk
# must not lose the status: it is written as soon as there is room.
_LAUNCHER = """
echo "$$" > "pid.$$" && ln "pid.$$" pid 2>/dev/null; won=$?
rm -f "pid.$$"; [ "$won" = 0 ] || exit 0
trap : TERM INT HUP
attempt="$PWD" out="$1"; shift
cd work
"$@" >>"$out/stdout" 2>>"$out/stderr" </dev/null
status=$?
until echo "$status" > "$attempt/exit.new" && mv "$attempt/exit.new" "$attempt/exit"; do sleep 1; done 2>/dev/null
kill -KILL 0
"""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "XDG_CACHE_HOME")


class ProcessRuntime:
    """Runs job runs on this machine."""

    def __init__(self, *, state_directory: Path, default_logs: Path, releases: dict[str, Release]) -> None:
        self._state_directory = state_directory
        self._default_logs = default_logs
        self._releases = releases

    async def start(self, job: Job) -> ProcessAttempt | Outcome:
        """See `Runtime.start`."""
        return await asyncio.to_thread(self._start, job)

    async def find(self, job: Job) -> ProcessAttempt | None:
        """See `Runtime.find`."""
        return await asyncio.to_thread(self._find, job)

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        build_command(spec, self._releases[spec["releaseLabel"]])
        log_directory("any", virtual_cluster="any", spec=spec, default=self._default_logs)

    def log_file(self, job: Job, stream: Stream) -> Path:
        """Where the driver's output lies."""
        return self._logs(job) / stream

    def open_log(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`."""
        file = self.log_file(job, stream).open("rb")
        return Log(file=file, size=os.fstat(file.fileno()).st_size)

    async def close(self) -> None:
        """See `Runtime.close`: nothing is held."""

    def _logs(self, job: Job) -> Path:
        return log_directory(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default_logs)

    def _folder(self, job: Job) -> Path:
        return self._state_directory / "attempts" / job.id / str(job.attempt)

    def _find(self, job: Job) -> ProcessAttempt | None:
        folder = self._folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        # A launcher that is on its way, from a server before this one, must not begin after we have said "never".
        return None if claim(folder) else ProcessAttempt(folder=folder, marker=_marker(job))

    def _start(self, job: Job) -> ProcessAttempt | Outcome:
        folder = self._folder(job)
        if (folder / "pid").exists():
            # A server before this one started it; what is configured by now is no matter.
            return ProcessAttempt(folder=folder, marker=_marker(job))
        try:
            return self._launch(job, folder)
        except ValidationException as error:
            return Outcome(succeeded=False, reason="VALIDATION_ERROR", details=str(error), retryable=False)
        except OSError as error:
            return Outcome(
                succeeded=False, reason="INTERNAL_ERROR", details=f"The attempt cannot be started: {error.strerror}."
            )

    def _launch(self, job: Job, folder: Path) -> ProcessAttempt:
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            raise ValidationException(
                f"The release {job.spec['releaseLabel']!r} is not offered by this server any more."
            )
        release = _with_own_event_logs(release, job)
        command = build_command(job.spec, release)
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        environment |= release.environment | {"LONGSHORE_TERMINATION_LOG": str(folder / "termination-log")}
        _check_files(job, release, search=environment.get("PATH"))
        logs = self._logs(job)
        _prepare_logs(logs)
        (folder / "work").mkdir(parents=True, exist_ok=True)
        launcher = subprocess.Popen(
            ["/bin/sh", "-c", _LAUNCHER, _marker(job), str(logs), *command],
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # poll() is how a child that has ended leaves the process table.
        return ProcessAttempt(folder=folder, marker=_marker(job), reap=launcher.poll)


def _with_own_event_logs(release: Release, job: Job) -> Release:
    # Local mode calls an application by its start in milliseconds (SparkContext, LocalSchedulerBackend: "local-…"), and
    # EventLogFileWriter refuses a folder that is there: two that start together need a place each.
    place = urlsplit(release.spark_defaults.get("spark.eventLog.dir", ""))
    if place.scheme != "file":
        return release
    folder = Path(unquote(place.path)) / job.id
    folder.mkdir(parents=True, exist_ok=True)
    return replace(release, spark_defaults=release.spark_defaults | {"spark.eventLog.dir": folder.as_uri()})


def _check_files(job: Job, release: Release, *, search: str | None) -> None:
    # Left to the shell, either would be no more than an exit status.
    program = release.command[0]
    if shutil.which(program, path=search) is None:
        raise ValidationException(
            f"The program {program!r} of the release {release.label!r} is not installed on this server."
        )
    entry_point = job.spec["jobDriver"]["sparkSubmitJobDriver"]["entryPoint"]
    path = local_entry_point(entry_point, release)
    if path != entry_point and not os.path.isfile(path):  # noqa: PTH113  Path raises for a name that is too long
        raise ValidationException(f"The release {release.label!r} has no entry point {entry_point!r}.")


def _prepare_logs(logs: Path) -> None:
    try:
        logs.mkdir(parents=True, exist_ok=True)
        for stream in STREAMS:
            (logs / stream).open("ab").close()
    except OSError as error:
        raise ValidationException(
            f"The log location {error.filename!r} cannot be written: {error.strerror}."
        ) from error


def _marker(job: Job) -> str:
    return f"job-run-{job.id}-attempt-{job.attempt}"
