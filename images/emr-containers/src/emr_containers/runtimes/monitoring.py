"""What becomes of a job's monitoringConfiguration. Pure.

A request or a template that was written for AWS runs here unchanged wherever that takes nothing away from the job:

| member | here |
|---|---|
| `s3MonitoringConfiguration.logUri` | The driver's log goes there, in AWS's layout (`logs`, `log_location`). |
| `s3MonitoringConfiguration.encryptionKeyArn` | S3 encrypts the log with this key. With a `file://` logUri: refused. |
| `containerLogRotationConfiguration` | The driver's log is rotated (`log_rotation`), also where no logUri is given. |
| `cloudWatchMonitoringConfiguration` | Nothing is sent to CloudWatch; the server's log says so of each run. |
| `persistentAppUI` | No effect: event logs go to the `spark.eventLog.dir` of the release, in either case. |
| `managedLogs` | No effect: nothing is handed to AWS, so nothing is retained or encrypted there. |
"""

import re
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.log_rotation import Rotation
from emr_containers.runtimes.logs import log_uri

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
_SMALLEST, _LARGEST = 2 * 2**10, 2 * 2**30


def check_monitoring(spec: JobSpec) -> None:
    """Checks what the model alone does not.

    Raises:
        ValidationException: a member asks for what is not done here, and a job could miss it.
    """
    rotation(spec)
    uri = log_uri(spec)
    if encryption_key(spec) is not None and (uri is None or not uri.startswith("s3://")):
        raise ValidationException(
            f"s3MonitoringConfiguration.encryptionKeyArn cannot be used with logUri {uri!r}: only S3 encrypts logs. "
            "Leave the key out, or use an s3:// URI."
        )


def encryption_key(spec: JobSpec) -> str | None:
    """The ARN of the KMS key for the log's objects in S3."""
    key = _monitoring(spec).get("s3MonitoringConfiguration", {}).get("encryptionKeyArn")
    return str(key) if key else None


def rotation(spec: JobSpec) -> Rotation | None:
    """How the driver's log is rotated; None where it is not. `KB`, `MB` and `GB` are powers of 1,024.

    Raises:
        ValidationException: rotationSize is not from 2KB to 2GB (source: the model's documentation of the member).
    """
    asked = _monitoring(spec).get("containerLogRotationConfiguration")
    if asked is None:
        return None
    match = re.fullmatch(r"([\d.]+)([KMG])[Bb]?", asked["rotationSize"], re.ASCII)
    size = int(float(match[1]) * _UNITS[match[2]]) if match else 0
    if not _SMALLEST <= size <= _LARGEST:
        raise ValidationException(
            f"containerLogRotationConfiguration.rotationSize is {asked['rotationSize']!r}; it must be from 2KB to 2GB."
        )
    return Rotation(size=size, keep=asked["maxFilesToKeep"])


def unmet(spec: JobSpec) -> str | None:
    """What the job asks for and does not get, for the server's log; None where there is nothing to say."""
    group = _monitoring(spec).get("cloudWatchMonitoringConfiguration", {}).get("logGroupName")
    if group is None:
        return None
    return f"the log group {group!r} gets nothing: this server does not send logs to CloudWatch"


def _monitoring(spec: JobSpec) -> dict[str, Any]:
    monitoring: dict[str, Any] = spec.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    return monitoring
