"""Starts the processes of attempts: their files, their environment and their launchers."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.environments import JOB_RUN, environment_variables
from emr_containers.runtimes.event_logs import local_logs
from emr_containers.runtimes.fence import check_fence, lease_end
from emr_containers.runtimes.logs.tails import note_starts
from emr_containers.runtimes.process.confinement import Confinement, write_whole
from emr_containers.runtimes.process.logs import ProcessLogs, rotation_command
from emr_containers.runtimes.process.marks import LOG_STARTS, has_begun
from emr_containers.runtimes.process.place import marker
from emr_containers.runtimes.runtime import JobAttempt
from emr_containers.runtimes.spark.configuration import read_configuration
from emr_containers.runtimes.spark.submit import build_command, entry_point, local_entry_point
from emr_containers.settings import FolderAccess, Release

_LAUNCHER = Path(__file__).with_name("launcher.sh").read_text("utf-8")
_INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "XDG_CACHE_HOME")


class AttemptLauncher:
    """Starts the launchers of one server's attempts."""

    def __init__(
        self,
        *,
        releases: Mapping[str, Release],
        logs: ProcessLogs,
        confinement: Confinement | None,
        popen: "Callable[..., subprocess.Popen[bytes]]",
    ) -> None:
        """Args:
        confinement: separates jobs from the server. None: they run as the server's own user.
        popen: starts a launcher.
        """
        self._releases, self._logs, self._confinement, self._popen = releases, logs, confinement, popen

    def launch(self, job: JobAttempt, folder: Path) -> "subprocess.Popen[bytes]":
        """Starts the attempt's launcher, which does nothing if another one has begun the attempt.

        Args:
            folder: the attempt's.

        Raises:
            ValidationException: the job cannot run here.
            OSError: a file cannot be written, or no process can be started.
            TermEndedError: this server may not start anything any more.
        """
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            raise ValidationException(f"The release {job.spec['releaseLabel']!r} is no longer offered by this server.")
        release = _with_own_event_logs(release, job)
        command = build_command(job.spec, release)
        environment = {key: os.environ[key] for key in _INHERITED_VARIABLES if key in os.environ}
        environment |= self._confinement.variables(folder) if self._confinement is not None else {}
        environment |= _configure(job.spec, release, folder / "conf")
        environment |= release.environment | environment_variables(job.namespace)
        environment |= {JOB_RUN: job.id, "LONGSHORE_TERMINATION_LOG": str(folder / "termination-log")}
        _check_files(job, release, search=environment.get("PATH"))
        logs = self._logs.prepare(job)
        (folder / "work").mkdir(parents=True, exist_ok=True)
        if job.attempt > 1 and not has_begun(folder):
            note_starts(logs, folder / LOG_STARTS)
        if self._confinement is not None:
            needs = self._needs(release)
            self._confinement.check_entry_point(local_entry_point(entry_point(job.spec), release), command, needs)
            launch = self._confinement.prepare(folder, command=command, environment=environment, needs=needs)
            command, environment = list(launch.command), dict(launch.environment)
        check_fence()
        # The launcher checks the lease once more: this server may be paused before it starts one.
        ends = lease_end()
        told = [marker(job), "" if ends is None else str(ends), str(logs), rotation_command(job.spec, logs)]
        return self._popen(
            ["/bin/sh", "-c", _LAUNCHER, *told, *command],
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _needs(self, release: Release) -> dict[str, FolderAccess]:
        needs: dict[str, FolderAccess] = dict(release.job_folders)
        if (events := local_logs(release)) is not None and self._confinement is not None:
            self._confinement.give(events)
            needs[str(events)] = "write"
        return needs


def _with_own_event_logs(release: Release, job: JobAttempt) -> Release:
    # In local mode, Spark names an application by its start in milliseconds (LocalSchedulerBackend: "local-…"), and
    # EventLogFileWriter refuses an existing folder. Two jobs that start together therefore need a folder each.
    place = local_logs(release)
    if place is None:
        return release
    folder = place / job.id
    folder.mkdir(parents=True, exist_ok=True)
    return replace(release, spark_defaults=release.spark_defaults | {"spark.eventLog.dir": folder.as_uri()})


def _configure(spec: JobSpec, release: Release, folder: Path) -> dict[str, str]:
    """Writes the files of the job's configuration to `folder`, and returns its environment variables."""
    configuration = read_configuration(spec, spark=release.kind == "spark")
    for name, text in configuration.files.items():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / name, text)
    return configuration.environment(folder)


def _check_files(job: JobAttempt, release: Release, *, search: str | None) -> None:
    # Checked here, because the shell would only report an exit status.
    program = release.command[0]
    if shutil.which(program, path=search) is None:
        raise ValidationException(
            f"The program {program!r} of the release {release.label!r} is not installed on this server."
        )
    named = entry_point(job.spec)
    path = local_entry_point(named, release)
    if path != named and not os.path.isfile(path):  # noqa: PTH113  Path raises for a name that is too long
        raise ValidationException(f"The release {release.label!r} has no entry point {named!r}.")
