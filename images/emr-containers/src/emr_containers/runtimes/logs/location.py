"""The location of a run's logs in S3. Pure."""

from dataclasses import dataclass

from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs.monitoring import encryption_key, rotation
from emr_containers.runtimes.logs.streams import log_folder, log_uri
from emr_containers.runtimes.uris import split_uri

_FIRST_SECONDS = 3.0
_FIRST_BYTES = 256 * 1024
_MOST_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class LogLocation:
    """A bucket and a prefix in S3."""

    bucket: str
    prefix: str
    encryption_key: str | None = None
    """The ARN of the KMS key with which S3 encrypts the objects."""
    rotated: bool = False
    """True if a stream may be in several objects."""

    def key(self, name: str) -> str:
        """Returns the key of one file's object, which is compressed as at AWS (`stdout.gz`).

        Source: AWS, EMR on EKS development guide, "Configure a job run to use Amazon S3 logs".
        """
        return f"{self.prefix}/{name}.gz"

    def uri(self, name: str) -> str:
        """Returns the URI of one file's object, for messages."""
        return f"s3://{self.bucket}/{self.key(name)}"


def log_location(job_run: str, *, virtual_cluster: str, spec: JobSpec, default: str | None) -> LogLocation | None:
    """Returns the location in the job's `logUri`, or else in `default`, in AWS's layout; None if there is neither.

    Raises:
        ValidationException: the URI is not an `s3://` one.
    """
    uri = log_uri(spec) or default
    if uri is None:
        return None
    parts = split_uri(uri, what="logUri")
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ValidationException(f"logUri {uri!r} cannot be used here; use an s3://bucket/… URI.")
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
        ConfigurationError: the URI is not an `s3://` one.
    """
    try:
        log_location("any", virtual_cluster="any", spec={}, default=uri)
    except ValidationException as error:
        raise ConfigurationError(f"--log-uri is {uri!r}; use an s3://bucket/… URI.") from error


def upload_interval(size: int) -> float:
    """Returns the seconds between two uploads of a growing log.

    Each upload sends the whole newest file, so larger files are sent less often.

    Args:
        size: the size of that file, in bytes.
    """
    return min(max(_FIRST_SECONDS, _FIRST_SECONDS * size / _FIRST_BYTES), _MOST_SECONDS)
