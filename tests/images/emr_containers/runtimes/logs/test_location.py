"""The location of a run's logs."""

import pytest
from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.runtimes.logs.location import check_log_uri, log_location, upload_interval
from images.emr_containers.runtimes.spark.test_submit import spec

LAYOUT = "vc/jobs/run/containers/spark-run/spark-run-driver/stdout.gz"


def located(uri: str | None, default: str | None = None) -> str | None:
    monitoring = {"s3MonitoringConfiguration": {"logUri": uri}} if uri else {}
    job = spec(overrides={"monitoringConfiguration": monitoring})
    location = log_location("run", virtual_cluster="vc", spec=job, default=default)
    return None if location is None else location.uri("stdout")


@pytest.mark.parametrize(
    ("uri", "default", "wanted"),
    [
        ("s3://bucket/logs", None, f"s3://bucket/logs/{LAYOUT}"),
        ("s3://bucket/logs/", None, f"s3://bucket/logs/{LAYOUT}"),
        ("s3://bucket", None, f"s3://bucket/{LAYOUT}"),
        ("s3://bucket/a/b", "s3://other/logs", f"s3://bucket/a/b/{LAYOUT}"),
        (None, "s3://other/logs", f"s3://other/logs/{LAYOUT}"),
        (None, None, None),
    ],
)
def test_logs_lie_in_awss_layout_below_the_log_uri(uri: str | None, default: str | None, wanted: str | None) -> None:
    assert located(uri, default) == wanted


@pytest.mark.parametrize(
    "uri", ["file:///logs", "logs", "s3:bucket/logs", "s3:///logs", "gs://b/x", "s3://b/x?y", "s3://b/#x"]
)
def test_another_log_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValidationException, match="use an s3://bucket/"):
        located(uri)
    with pytest.raises(ConfigurationError, match="--log-uri is"):
        check_log_uri(uri)


def test_the_servers_own_may_be_left_out() -> None:
    check_log_uri(None)
    check_log_uri("s3://bucket/logs")


def test_a_log_is_uploaded_the_rarer_the_longer_it_is() -> None:
    sizes = [0, 1000, 256 * 1024, 1024**2, 10 * 1024**2, 1024**3]
    seconds = [upload_interval(size) for size in sizes]
    assert seconds == sorted(seconds)
    assert seconds[0] == seconds[1] <= 5
    assert seconds[-1] <= 600
