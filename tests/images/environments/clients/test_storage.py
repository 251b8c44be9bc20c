"""A folder is emptied, and only that: on a real S3 server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from environments.clients.storage import Storage
from environments.exceptions import StorageError
from moto.server import ThreadedMotoServer


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield f"http://{host}:{port}"
    server.stop()


def test_a_folder_is_emptied_and_its_neighbours_stay(endpoint: str) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("environments/mine/dags/x", "environments/mine/logs/y", "environments/mine-too/z"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"")
    asyncio.run(Storage().remove_folder("s3://bucket/environments/mine"))
    asyncio.run(Storage().remove_folder("s3://bucket/environments/mine"))
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["environments/mine-too/z"]


def test_a_bucket_that_is_not_there_is_named(endpoint: str) -> None:
    with pytest.raises(StorageError, match="s3://nowhere/x"):
        asyncio.run(Storage().remove_folder("s3://nowhere/x"))


def test_an_object_that_may_not_be_deleted_is_named(endpoint: str) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="held")
    s3.put_object(Bucket="held", Key="x/log", Body=b"")

    def refuse(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Errors"] = [{"Key": "x/log", "Code": "AccessDenied", "Message": "Access Denied"}]

    s3.meta.events.register("after-call.s3.DeleteObjects", refuse)
    with pytest.raises(StorageError, match="'x/log': Access Denied"):
        asyncio.run(Storage(client=lambda: s3).remove_folder("s3://held/x"))
