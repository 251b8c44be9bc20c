"""Where a run's logs go in S3. Pure."""

from dataclasses import dataclass

from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.logs import log_folder, log_uri, split_uri
from emr_containers.runtimes.monitoring import encryption_key, rotation

_FIRST_SECONDS = 3.0
_FIRST_BYTES = 256 * 1024
_MOST_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class LogLocation:
    """A place in S3."""

    bucket: str
    prefix: str
    encryption_key: str | None = None
    """ARN of the KMS key that S3 encrypts the objects with."""
    rotated: bool = False
    """Whether a stream may be in several objects."""

    def key(self, name: str) -> str:
        """The object of one file, compressed as AWS leaves it there (`stdout.gz`).

        Source: AWS, EMR on EKS development guide, "Configure a job run to use Amazon S3 logs".
        """
        return f"{self.prefix}/{name}.gz"

    def uri(self, name: str) -> str:
        """For a message."""
        return f"s3://{self.bucket}/{self.key(name)}"


def log_location(job_run: str, *, virtual_cluster: str, spec: JobSpec, default: str | None) -> LogLocation | None:
    """Where the job's `logUri`, or `default`, wants its logs, in AWS's layout; None where neither says.

    Raises:
        ValidationException: the URI is not an `s3://` one.
    """
    uri = log_uri(spec) or default
    if uri is None:
        return None
    parts = split_uri(uri, what="logUri")
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ValidationException(f"logUri {uri!r} cannot be written here; use an s3://bucket/… URI.")
    folder = log_folder(job_run, virtual_cluster=virtual_cluster).as_posix()
    return LogLocation(
        bucket=parts.netloc,
        prefix="/".join(part for part in (parts.path.strip("/"), folder) if part),
        encryption_key=encryption_key(spec),
        rotated=rotation(spec) is not None,
    )


def check_log_uri(uri: str | None) -> None:
    """Checks the server's own `--log-uri`.

    Raises:
        ConfigurationError: it is not an `s3://` URI.
    """
    try:
        log_location("any", virtual_cluster="any", spec={}, default=uri)
    except ValidationException as error:
        raise ConfigurationError(f"--log-uri is {uri!r}; use an s3://bucket/… URI.") from error


def upload_interval(size: int) -> float:
    """Seconds between two uploads of a log that grows: each sends all of its newest file, so the longer the rarer.

    Args:
        size: of that file, in bytes.
    """
    return min(max(_FIRST_SECONDS, _FIRST_SECONDS * size / _FIRST_BYTES), _MOST_SECONDS)
