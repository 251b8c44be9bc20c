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


def log_uri(run: "JobRunTypeDef") -> str:
    """Returns the run's `logUri`; empty if it has none. Pure."""
    monitoring = run.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    return monitoring.get("s3MonitoringConfiguration", {}).get("logUri", "")


def containers_folder(run: "JobRunTypeDef") -> str:
    """Returns the folder below a `logUri` that has a folder for each pod of the run, in AWS's layout. Pure.

    Source: AWS, "Configure a job run to use Amazon S3 logs" (EMR on EKS development guide).
    """
    return f"{run['virtualClusterId']}/jobs/{run['id']}/containers/spark-{run['id']}"


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
    uri = log_uri(run)
    if not uri.startswith("s3://"):
        raise ApiError(
            f"The job run {run['id']!r} has no s3MonitoringConfiguration, so only AWS's console shows its log. "
            "Add one to the job template."
        )
    s3 = api.session.client("s3")
    return lambda: read_s3(s3, uri, run=run)


def split_page(page: bytes) -> dict[Stream, bytes]:
    """Splits our server's page into its two streams: each under a heading, standard error last. Pure."""
    out, err = _HEADINGS
    # The last heading counts: if all output goes to standard output, the job may have printed one itself.
    stdout, _, stderr = page.removeprefix(out).rpartition(err)
    return {"stdout": stdout, "stderr": stderr}


def read_s3(s3: Any, uri: str, *, run: "JobRunTypeDef") -> dict[Stream, bytes]:
    """Reads the driver's streams below the `logUri`, where EMR on EKS writes them.

    Raises:
        LogNotFoundError: both are missing. ApiError: S3 refuses.
    """
    place = urlsplit(uri)
    folder = f"{place.path.strip('/')}/{containers_folder(run)}/spark-{run['id']}-driver".lstrip("/")
    found = {stream: _object(s3, place.netloc, f"{folder}/{stream}") for stream in STREAMS}
    if all(content is None for content in found.values()):
        raise LogNotFoundError(
            f"There is no log below s3://{place.netloc}/{folder} yet. AWS uploads it after some minutes."
        )
    return {stream: content or b"" for stream, content in found.items()}


def _object(s3: Any, bucket: str, key: str) -> bytes | None:
    for name in (f"{key}.gz", key):
        with api_errors(f"s3://{bucket}/{name} cannot be read"):
            try:
                content = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
            except s3.exceptions.NoSuchKey:
                continue
        return unpacked(content, bucket=bucket, key=name)
    return None


def unpacked(content: bytes, *, bucket: str, key: str) -> bytes:
    """Returns an object's content, which is packed if its key ends with `.gz`. Pure.

    Raises:
        ApiError: it is no gzip.
    """
    try:
        return gzip.decompress(content) if key.endswith(".gz") else content
    except (OSError, EOFError, zlib.error) as error:
        raise ApiError(f"s3://{bucket}/{key} is not valid gzip: {error}") from error
