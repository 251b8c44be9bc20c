"""A driver's log: its streams, and where they lie below a log location. Pure."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Literal
from urllib.parse import SplitResult, urlsplit

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")


@dataclass(frozen=True, kw_only=True)
class Log:
    """One stream of a driver's output, to be read and closed."""

    file: BinaryIO
    size: int
    """Bytes to read at most: a job may go on writing."""


def log_uri(spec: JobSpec) -> str | None:
    """Where the job wants its logs; None where it does not say."""
    monitoring = spec.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri")
    return str(uri) if uri else None


def log_folder(job_run: str, *, virtual_cluster: str) -> PurePosixPath:
    """The driver's logs in AWS's layout, below the log location.

    Source: AWS, "Configure a job run to use S3 logs" (EMR on EKS development guide).
    """
    return PurePosixPath(virtual_cluster, "jobs", job_run, "containers", f"spark-{job_run}", f"spark-{job_run}-driver")


def split_uri(uri: str, *, what: str) -> SplitResult:
    """The URI's parts.

    Raises:
        ValidationException: it is none; the message calls it `what`.
    """
    try:
        return urlsplit(uri)
    except ValueError as error:
        raise ValidationException(f"The {what} is not a URI that can be read: {error}.") from error
