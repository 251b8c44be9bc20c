"""The effects of a job's monitoringConfiguration. Pure.

A request or a template that was written for AWS runs here unchanged, as long as the job loses nothing by it:

| member | here |
|---|---|
| `s3MonitoringConfiguration.logUri` | The driver's log goes there, in AWS's layout (`streams`, `location`). |
| `s3MonitoringConfiguration.encryptionKeyArn` | S3 encrypts the log with this key. With a `file://` logUri: refused. |
| `containerLogRotationConfiguration` | The driver's log is rotated (`rotation`), with or without a logUri. |
| `cloudWatchMonitoringConfiguration` | Nothing is sent to CloudWatch; the server's log says so for each run. |
| `persistentAppUI` | No effect: event logs always go to the release's `spark.eventLog.dir`. |
| `managedLogs` | No effect: AWS receives nothing that it could retain or encrypt. |
"""

import re
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs.rotation import Rotation
from emr_containers.runtimes.logs.streams import log_uri

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
_SMALLEST, _LARGEST = 2 * 2**10, 2 * 2**30


def check_monitoring(spec: JobSpec) -> None:
    """Checks the members that the model alone does not check.

    Raises:
        ValidationException: a member asks for something that the server cannot do and the job may rely on.
    """
    rotation(spec)
    uri = log_uri(spec)
    if encryption_key(spec) is not None and (uri is None or not uri.startswith("s3://")):
        raise ValidationException(
            f"s3MonitoringConfiguration.encryptionKeyArn cannot be used with logUri {uri!r}: only S3 encrypts logs. "
            "Leave the key out, or use an s3:// URI."
        )


def encryption_key(spec: JobSpec) -> str | None:
    """Returns the ARN of the KMS key for the log's objects in S3."""
    key = _monitoring(spec).get("s3MonitoringConfiguration", {}).get("encryptionKeyArn")
    return str(key) if key else None


def rotation(spec: JobSpec) -> Rotation | None:
    """Returns the rotation of the driver's log; None: it is not rotated. `KB`, `MB` and `GB` are powers of 1,024.

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


def unsupported_request(spec: JobSpec) -> str | None:
    """Returns what the job asks for and does not get, for the server's log; None if it gets everything."""
    group = _monitoring(spec).get("cloudWatchMonitoringConfiguration", {}).get("logGroupName")
    if group is None:
        return None
    return f"the log group {group!r} gets nothing: this server does not send logs to CloudWatch"


def _monitoring(spec: JobSpec) -> dict[str, Any]:
    monitoring: dict[str, Any] = spec.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    return monitoring
