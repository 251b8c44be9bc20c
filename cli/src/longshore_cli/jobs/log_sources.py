"""The sources of a job run's log: our own server's page, or the objects that EMR on EKS writes to S3."""

import gzip
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from longshore_cli.clients.job_api import JobApi, api_errors
from longshore_cli.exceptions import ApiError, LogNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")
_HEADINGS = (b"=== stdout ===\n", b"=== stderr ===\n")


def log_source(api: JobApi, run: "JobRunTypeDef") -> Callable[[], dict[Stream, bytes]]:
    """Returns a function that reads the current log.

    It raises LogNotFoundError where there is no log yet, ApiError where the log cannot be read, and
    ApiUnavailableError where the server does not answer.

    Raises:
        ApiError: AWS keeps no readable log of this run.
    """
    if not api.is_aws:
        path = f"/virtualclusters/{run['virtualClusterId']}/jobruns/{run['id']}/logs"
        return lambda: split_page(api.read(path))
    monitoring = run.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    log_uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri", "")
    if not log_uri.startswith("s3://"):
        raise ApiError(
            f"The job run {run['id']!r} has no s3MonitoringConfiguration, so only AWS's console shows its log. "
            "Add one to the job template."
        )
    s3 = api.session.client("s3")
    return lambda: read_s3(s3, log_uri, run=run)


def split_page(page: bytes) -> dict[Stream, bytes]:
    """Splits our server's page into its two streams: each under a heading, standard error last. Pure."""
    out, err = _HEADINGS
    # The last heading counts: if all output goes to standard output, the job may have printed one itself.
    stdout, _, stderr = page.removeprefix(out).rpartition(err)
    return {"stdout": stdout, "stderr": stderr}


def read_s3(s3: Any, log_uri: str, *, run: "JobRunTypeDef") -> dict[Stream, bytes]:
    """Reads the driver's streams below `log_uri`, where EMR on EKS writes them.

    Raises:
        LogNotFoundError: both are missing. ApiError: S3 refuses.
    """
    place = urlsplit(log_uri)
    driver = f"containers/spark-{run['id']}/spark-{run['id']}-driver"
    folder = f"{place.path.strip('/')}/{run['virtualClusterId']}/jobs/{run['id']}/{driver}".lstrip("/")
    found = {stream: _object(s3, place.netloc, f"{folder}/{stream}") for stream in STREAMS}
    if all(content is None for content in found.values()):
        raise LogNotFoundError(
            f"There is no log below s3://{place.netloc}/{folder} yet. AWS uploads it after some minutes."
        )
    return {stream: content or b"" for stream, content in found.items()}


def _object(s3: Any, bucket: str, key: str) -> bytes | None:
    for name in (f"{key}.gz", key):
        try:
            with api_errors(f"s3://{bucket}/{name} cannot be read"):
                try:
                    content = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
                except s3.exceptions.NoSuchKey:
                    continue
            return gzip.decompress(content) if name.endswith(".gz") else content
        except (OSError, EOFError, zlib.error) as error:
            raise ApiError(f"s3://{bucket}/{name} is not valid gzip: {error}") from error
    return None
