"""Logs of our server's page, and of S3 as EMR on EKS leaves them there."""

import gzip
import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, LogNotFoundError
from longshore_cli.jobs.log_sources import log_source, read_s3, split_page

RUN: Any = {"id": "0001", "virtualClusterId": "vc1"}
FOLDER = "logs/vc1/jobs/0001/containers/spark-0001/spark-0001-driver"
KEYS: Any = {"aws_access_key_id": "KEY", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


@pytest.mark.parametrize(
    ("page", "streams"),
    [
        (b"=== stdout ===\na\n=== stderr ===\nb\n", {"stdout": b"a\n", "stderr": b"b\n"}),
        (b"=== stdout ===\nno end=== stderr ===\n", {"stdout": b"no end", "stderr": b""}),
        (b"=== stdout ===\n=== stderr ===\n", {"stdout": b"", "stderr": b""}),
        (
            b"=== stdout ===\nprinted:\n=== stderr ===\n!\n=== stderr ===\n",
            {"stdout": b"printed:\n=== stderr ===\n!\n", "stderr": b""},
        ),
    ],
)
def test_a_page_has_two_streams(page: bytes, streams: dict[str, bytes]) -> None:
    assert split_page(page) == streams


@pytest.fixture
def s3() -> Any:
    return boto3.client("s3", **KEYS)


@pytest.fixture
def stub(s3: Any) -> Iterator[Stubber]:
    with Stubber(s3) as stub:
        yield stub
        stub.assert_no_pending_responses()


def has(stub: Stubber, name: str, content: bytes) -> None:
    body = StreamingBody(io.BytesIO(content), len(content))
    stub.add_response("get_object", {"Body": body}, {"Bucket": "bucket", "Key": f"{FOLDER}/{name}"})


def lacks(stub: Stubber, name: str, code: str = "NoSuchKey", status: int = 404) -> None:
    expected = {"Bucket": "bucket", "Key": f"{FOLDER}/{name}"}
    stub.add_client_error("get_object", code, "no", http_status_code=status, expected_params=expected)


def test_compressed_objects_come_before_plain_ones(s3: Any, stub: Stubber) -> None:
    has(stub, "stdout.gz", gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    lacks(stub, "stderr.gz")
    has(stub, "stderr", b"plain\n")
    assert read_s3(s3, "s3://bucket/logs/", run=RUN) == {"stdout": b"one\ntwo\n", "stderr": b"plain\n"}


def test_without_an_upload_there_is_no_log_yet(s3: Any, stub: Stubber) -> None:
    for stream in ("stdout", "stderr"):
        lacks(stub, f"{stream}.gz")
        lacks(stub, stream)
    with pytest.raises(LogNotFoundError, match="AWS uploads it after some minutes"):
        read_s3(s3, "s3://bucket/logs", run=RUN)


def test_a_refusal_of_s3_names_the_object(s3: Any, stub: Stubber) -> None:
    lacks(stub, "stdout.gz", "AccessDenied", 403)
    with pytest.raises(ApiError, match=f"s3://bucket/{FOLDER}/stdout.gz cannot be read: .*AccessDenied"):
        read_s3(s3, "s3://bucket/logs", run=RUN)


def test_a_damaged_object_is_named(s3: Any, stub: Stubber) -> None:
    has(stub, "stdout.gz", b"not gzip")
    with pytest.raises(ApiError, match="is not valid gzip"):
        read_s3(s3, "s3://bucket/logs", run=RUN)


def test_a_run_at_aws_without_a_log_location_is_refused() -> None:
    session = boto3.Session(**KEYS)
    api = JobApi(session=session, emr=session.client("emr-containers"), virtual_cluster_id=None)
    with pytest.raises(ApiError, match="has no s3MonitoringConfiguration"):
        log_source(api, RUN)
