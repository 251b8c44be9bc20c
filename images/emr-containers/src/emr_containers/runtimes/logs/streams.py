"""A driver's log: its streams, and their folder below a log location. Pure."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal
from urllib.parse import unquote

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.uris import split_uri

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")


@dataclass(frozen=True, kw_only=True)
class Log:
    """One stream of a driver's output. The caller reads and closes it."""

    file: BinaryIO
    size: int
    """The number of bytes to read at most, since the job may go on writing."""


def log_uri(spec: JobSpec) -> str | None:
    """Returns the job's `logUri`; None if it has none."""
    monitoring = spec.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri")
    return str(uri) if uri else None


def log_folder(job_run: str, *, virtual_cluster: str) -> PurePosixPath:
    """Returns the folder of the driver's logs below the log location, in AWS's layout.

    Source: AWS, "Configure a job run to use S3 logs" (EMR on EKS development guide).
    """
    return PurePosixPath(virtual_cluster, "jobs", job_run, "containers", f"spark-{job_run}", f"spark-{job_run}-driver")


def log_directory(job_run: str, *, virtual_cluster: str, spec: JobSpec, default: Path) -> Path:
    """Returns the folder of the driver's logs below the job's `logUri`, or below `default`.

    Raises:
        ValidationException: the `logUri` is not a `file://` one with an absolute path.
    """
    base = default
    if uri := log_uri(spec):
        parts = split_uri(uri, what="logUri")
        base = Path(unquote(parts.path))
        if parts.scheme != "file" or parts.netloc or not base.is_absolute() or "\0" in str(base):
            raise ValidationException(f"logUri {uri!r} cannot be used here; use a file:///… or s3://bucket/… URI.")
    return base / log_folder(job_run, virtual_cluster=virtual_cluster)
