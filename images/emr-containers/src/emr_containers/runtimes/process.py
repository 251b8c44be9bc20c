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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.configuration import read_configuration
from emr_containers.runtimes.environments import environment_variables
from emr_containers.runtimes.job import Attempt, Job
from emr_containers.runtimes.logs import Log, Stream
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.process_attempt import ProcessAttempt, claim
from emr_containers.runtimes.process_log import ProcessLogs, rotation_command
from emr_containers.runtimes.spark_submit import build_command, entry_point, is_sql, local_entry_point
from emr_containers.settings import Release

# `ln` fails where the file exists, so that one of two launchers wins, and `pid` is never seen half written.
# `trap :` lets the shell outlive a signal to the group, long enough to write down how the job took it. A full disk
# must not lose the status: it is written as soon as there is room.
# A log that is rotated goes through pipes to `log_rotation`, by `$rotate`. The launcher holds them open: neither the
# job nor the rotation ends for want of the other, one that was killed goes on where it was, and what the job leaves
# behind does not keep it. Where no pipe can be made, a log that is not rotated is better than none.
_LAUNCHER = """
echo "$$" > "pid.$$" && ln "pid.$$" pid 2>/dev/null; won=$?
rm -f "pid.$$"; [ "$won" = 0 ] || exit 0
trap : TERM INT HUP
attempt="$PWD" out="$1" rotate="$2"; shift 2
cd work
if [ -n "$rotate" ] && mkfifo "$attempt/stdout.pipe" "$attempt/stderr.pipe" "$attempt/over.pipe"; then
  exec 3<>"$attempt/stdout.pipe" 4<>"$attempt/stderr.pipe" 5<>"$attempt/over.pipe"
  trap '' TERM INT HUP
  { until eval "$rotate" || [ ! -p "$attempt/over.pipe" ]; do sleep 1; done; } &
  rotation=$!
  trap : TERM INT HUP
  "$@" >"$attempt/stdout.pipe" 2>"$attempt/stderr.pipe" </dev/null 3>&- 4>&- 5>&-
  status=$?
  rm -f "$attempt"/*.pipe
  echo >&5
  while kill -0 "$rotation" 2>/dev/null; do wait "$rotation"; done
else
  "$@" >>"$out/stdout" 2>>"$out/stderr" </dev/null
  status=$?
fi
until echo "$status" > "$attempt/exit.new" && mv "$attempt/exit.new" "$attempt/exit"; do sleep 1; done 2>/dev/null
kill -KILL 0
"""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "XDG_CACHE_HOME")


class ProcessRuntime:
    """Runs job runs on this machine."""

    def __init__(self, *, state_directory: Path, default_logs: Path, releases: dict[str, Release]) -> None:
        self._state_directory = state_directory
        self._logs = ProcessLogs(default_logs)
        self._releases = releases

    async def start(self, job: Job) -> Attempt | Outcome:
        """See `Runtime.start`."""
        if not (self._folder(job) / "pid").exists():
            try:
                await self._logs.begin(job)
            except ValidationException as error:
                return _refused(error)
        started = await asyncio.to_thread(self._start, job)
        return started if isinstance(started, Outcome) else self._logs.following(job, started)

    async def find(self, job: Job) -> Attempt | None:
        """See `Runtime.find`."""
        found = await asyncio.to_thread(self._find, job)
        return None if found is None else self._logs.following(job, found)

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        build_command(spec, self._releases[spec["releaseLabel"]])
        self._logs.check(spec)

    def log_file(self, job: Job, stream: Stream) -> Path:
        """Where the driver's output lies, or its newest part."""
        return self._logs.folder(job) / stream

    def open_log(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`."""
        return self._logs.open(job, stream)

    async def close(self) -> None:
        """See `Runtime.close`."""
        self._logs.close()

    def _folder(self, job: Job) -> Path:
        return self._state_directory / "attempts" / job.id / str(job.attempt)

    def _attempt(self, job: Job, folder: Path, **launched: Callable[[], int | None]) -> ProcessAttempt:
        return ProcessAttempt(folder=folder, marker=_marker(job), sql_log=self._sql_log(job), **launched)

    def _sql_log(self, job: Job) -> Path | None:
        with suppress(ValidationException):  # a place that a server before could write to, with another runtime
            return self.log_file(job, "stderr") if is_sql(job.spec) else None
        return None

    def _find(self, job: Job) -> ProcessAttempt | None:
        folder = self._folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        # A launcher that is on its way, from a server before this one, must not begin after we have said "never".
        return None if claim(folder) else self._attempt(job, folder)

    def _start(self, job: Job) -> ProcessAttempt | Outcome:
        folder = self._folder(job)
        if (folder / "pid").exists():
            # A server before this one started it; what is configured by now is no matter.
            return self._attempt(job, folder)
        try:
            return self._launch(job, folder)
        except ValidationException as error:
            return _refused(error)
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
        environment |= _configure(job.spec, release, folder / "conf")
        environment |= release.environment | environment_variables(job.namespace)
        environment["LONGSHORE_TERMINATION_LOG"] = str(folder / "termination-log")
        _check_files(job, release, search=environment.get("PATH"))
        logs = self._logs.prepare(job)
        (folder / "work").mkdir(parents=True, exist_ok=True)
        launcher = subprocess.Popen(
            ["/bin/sh", "-c", _LAUNCHER, _marker(job), str(logs), rotation_command(job.spec, logs), *command],
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # poll() is how a child that has ended leaves the process table.
        return self._attempt(job, folder, reap=launcher.poll)


def _with_own_event_logs(release: Release, job: Job) -> Release:
    # Local mode calls an application by its start in milliseconds (SparkContext, LocalSchedulerBackend: "local-…"), and
    # EventLogFileWriter refuses a folder that is there: two that start together need a place each.
    place = urlsplit(release.spark_defaults.get("spark.eventLog.dir", ""))
    if place.scheme != "file":
        return release
    folder = Path(unquote(place.path)) / job.id
    folder.mkdir(parents=True, exist_ok=True)
    return replace(release, spark_defaults=release.spark_defaults | {"spark.eventLog.dir": folder.as_uri()})


def _configure(spec: JobSpec, release: Release, folder: Path) -> dict[str, str]:
    """The job's own environment variables, and its files in `folder`."""
    configuration = read_configuration(spec, spark=release.kind == "spark")
    for name, text in configuration.files.items():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whole or not at all: a launcher that a killed server left on its way may read it.
        (folder / f"{name}.new").write_text(text)
        (folder / f"{name}.new").rename(folder / name)
    return configuration.environment(folder)


def _check_files(job: Job, release: Release, *, search: str | None) -> None:
    # Left to the shell, either would be no more than an exit status.
    program = release.command[0]
    if shutil.which(program, path=search) is None:
        raise ValidationException(
            f"The program {program!r} of the release {release.label!r} is not installed on this server."
        )
    named = entry_point(job.spec)
    path = local_entry_point(named, release)
    if path != named and not os.path.isfile(path):  # noqa: PTH113  Path raises for a name that is too long
        raise ValidationException(f"The release {release.label!r} has no entry point {named!r}.")


def _refused(error: ValidationException) -> Outcome:
    return Outcome(succeeded=False, reason="VALIDATION_ERROR", details=str(error), retryable=False)


def _marker(job: Job) -> str:
    return f"job-run-{job.id}-attempt-{job.attempt}"
