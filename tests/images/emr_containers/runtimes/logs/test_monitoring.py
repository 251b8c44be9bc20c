"""The effect of each member of monitoringConfiguration."""

from typing import Any

import botocore.loaders
import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.logs import monitoring
from emr_containers.runtimes.logs.monitoring import check_monitoring, encryption_key, rotation, unsupported_request
from emr_containers.runtimes.logs.rotation import Rotation
from images.emr_containers.runtimes.spark.test_submit import spec

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def asking(**members: Any) -> Any:
    return spec(overrides={"monitoringConfiguration": members})


def rotating(size: str, keep: int = 3) -> Any:
    return asking(containerLogRotationConfiguration={"rotationSize": size, "maxFilesToKeep": keep})


@pytest.mark.parametrize(
    ("size", "bytes_"),
    [("2KB", 2048), ("2k", None), ("10MB", 10 * 2**20), ("10M", 10 * 2**20), ("1.5Gb", 3 * 2**29), ("2GB", 2**31)],
)
def test_a_rotation_size_is_in_units_of_1024(size: str, bytes_: int | None) -> None:
    if bytes_ is None:
        with pytest.raises(ValidationException):
            rotation(rotating(size))
    else:
        assert rotation(rotating(size)) == Rotation(size=bytes_, keep=3)


@pytest.mark.parametrize("size", ["1KB", "2047.9", "0MB", "2.1GB", "9999999999G"])
def test_a_size_out_of_awss_range_is_refused(size: str) -> None:
    with pytest.raises(ValidationException, match=f"rotationSize is '{size}'; it must be from 2KB to 2GB"):
        check_monitoring(rotating(size))


def test_without_the_member_there_is_no_rotation() -> None:
    assert rotation(asking()) is None
    assert rotation(spec()) is None


def test_what_is_harmless_is_accepted_as_aws_takes_it() -> None:
    check_monitoring(
        asking(
            persistentAppUI="ENABLED",
            managedLogs={"allowAWSToRetainLogs": "ENABLED", "encryptionKeyArn": KEY},
            cloudWatchMonitoringConfiguration={"logGroupName": "jobs", "logStreamNamePrefix": "x"},
            s3MonitoringConfiguration={"logUri": "s3://bucket/logs"},
        )
    )


def test_a_key_that_would_encrypt_nothing_is_refused() -> None:
    with pytest.raises(ValidationException, match="cannot be used with logUri 'file:///logs': only S3 encrypts"):
        check_monitoring(asking(s3MonitoringConfiguration={"logUri": "file:///logs", "encryptionKeyArn": KEY}))
    assert encryption_key(asking(s3MonitoringConfiguration={"logUri": "s3://b", "encryptionKeyArn": KEY})) == KEY


def test_what_is_not_done_is_told() -> None:
    assert unsupported_request(asking(persistentAppUI="ENABLED")) is None
    assert "'jobs' gets nothing" in str(
        unsupported_request(asking(cloudWatchMonitoringConfiguration={"logGroupName": "jobs"}))
    )


def test_every_member_of_the_model_is_accounted_for() -> None:
    model = botocore.loaders.Loader().load_service_model("emr-containers", "service-2")
    for name in model["shapes"]["MonitoringConfiguration"]["members"]:
        assert f"`{name}" in str(monitoring.__doc__)
