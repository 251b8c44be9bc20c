"""The event log of a job run, found where its job writes it, and read as a profile. Blocking: call it in a thread."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.spark.submit import effective_properties
from emr_containers.runtimes.uris import split_uri
from emr_containers.settings import Release
from emr_containers.sizing.event_logs.exceptions import EventLogError
from emr_containers.sizing.event_logs.names import FOLDER, is_log, ordered_parts
from emr_containers.sizing.event_logs.reader import read_local_profile, read_profile
from emr_containers.sizing.profile import Profile

if TYPE_CHECKING:
    from emr_containers.runtimes.logs.store import LogStore

_S3 = ("s3", "s3a")
_DIRECTORY = "spark.eventLog.dir"


def local_logs(release: Release) -> Path | None:
    """Returns the folder of this machine in which each job run has a folder for its event logs; None: there is none."""
    place = urlsplit(release.spark_defaults.get(_DIRECTORY, ""))
    return Path(unquote(place.path)) if place.scheme == "file" else None


def local_profile(job_run: str, spec: JobSpec, release: Release | None) -> Profile:
    """Returns the profile of a run whose job was a process of this machine.

    Args:
        release: the job's; None if the server offers it no longer.

    Raises:
        EventLogError: the log was not written, or not to the folder of this machine that the release names.
    """
    uri = _place(spec, release)
    logs_folder = None if release is None or uri != release.spark_defaults.get(_DIRECTORY) else local_logs(release)
    if logs_folder is None:
        raise EventLogError(f"The event log is at {uri!r}: only a folder that the release names is read here.")
    folder = logs_folder / job_run
    try:
        # Each attempt has a log; the last one counts.
        logs = sorted((path for path in folder.iterdir() if is_log(path.name)), key=lambda path: path.stat().st_mtime)
    except OSError as error:
        raise EventLogError(f"The folder {str(folder)!r} cannot be read: {error.strerror}.") from error
    if not logs:
        raise EventLogError(f"The folder {str(folder)!r} has no event log.")
    return read_local_profile(logs[-1])


def stored_profile(job_run: str, spec: JobSpec, release: Release | None, *, store: "LogStore") -> Profile:
    """Returns the profile of a run whose application is named `spark-<job run>` and logs to S3.

    Raises:
        EventLogError: the log was not written, or not to S3, or S3 does not return it.
    """
    from emr_containers.runtimes.logs.store import LogStoreError

    uri = _place(spec, release)
    parts = split_uri(uri, what=_DIRECTORY)
    if parts.scheme not in _S3 or not parts.netloc:
        raise EventLogError(f"The event log is at {uri!r}: only those in S3 are read here.")
    bucket, folder = parts.netloc, parts.path.strip("/")
    application = f"spark-{job_run}"
    start = f"{folder}/" if folder else ""
    try:
        rolled = store.names(bucket, f"{start}{FOLDER}{application}/")
        names = [f"{FOLDER}{application}/{name}" for name in ordered_parts(rolled)]
        names = names or [f"{application}{end}" for end in store.names(bucket, f"{start}{application}")][:1]
    except LogStoreError as error:
        raise EventLogError(str(error)) from error
    if not names:
        raise EventLogError(f"There is no event log of {application} below {uri!r}.")
    return read_profile((name, partial(_opened, store, bucket, f"{start}{name}")) for name in names)


def _opened(store: "LogStore", bucket: str, key: str) -> BinaryIO:
    from emr_containers.runtimes.logs.store import LogStoreError

    try:
        return store.open_object(bucket, key)
    except LogStoreError as error:
        raise EventLogError(str(error)) from error


def _place(spec: JobSpec, release: Release | None) -> str:
    if release is None:
        raise EventLogError(f"The release {spec['releaseLabel']!r} is no longer offered by this server.")
    try:
        conf = effective_properties(spec, release)
    except ValidationException as error:
        raise EventLogError(str(error)) from error
    if conf.get("spark.eventLog.enabled", "false").strip().lower() != "true" or _DIRECTORY not in conf:
        raise EventLogError(
            "The job writes no event log: set spark.eventLog.enabled and spark.eventLog.dir in its release."
        )
    return conf[_DIRECTORY]
