"""Keys that code in an environment can read, those of its connections, open nothing of production's."""

import json
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cluster.environments.live import LiveEnvironment
from cluster.parts import BUCKET, ROLE, Cluster
from longshore_cli.clients.job_api import client
from longshore_cli.cluster import addresses

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def connection(cluster: Cluster, mine: LiveEnvironment) -> dict[str, Any]:
    """Its `aws_default`."""
    secret = cluster.kubectl.get("secret", "airflow-connections", namespace=mine.namespace)
    assert secret is not None
    return dict(json.loads(b64decode(secret["data"]["connections.json"]))["aws_default"])


@pytest.fixture(scope="module")
def s3(cluster: Cluster, connection: dict[str, Any]) -> Iterator[Any]:
    with cluster.s3((connection["login"], connection["password"])) as client_of_its_code:
        yield client_of_its_code


def refused(ask: Callable[[], Any]) -> str:
    """The error's code."""
    with pytest.raises(ClientError) as caught:
        ask()
    return str(caught.value.response["Error"]["Code"])


def test_it_starts_jobs_in_its_own_virtual_cluster_and_none_in_productions(
    cluster: Cluster, connection: dict[str, Any]
) -> None:
    emr = client(
        cluster.environment.endpoint_url,
        region_name=addresses.REGION,
        aws_access_key_id=connection["login"],
        aws_secret_access_key=connection["password"],
    )
    own = connection["extra"]["service_config"]["emr-containers"]["virtual_cluster_id"]
    production = cluster.environment.virtual_cluster_id
    request = {
        "clientToken": uuid.uuid4().hex,
        "releaseLabel": "delay-report",
        "executionRoleArn": ROLE,
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/delay_report.py"}},
    }
    run = emr.start_job_run(virtualClusterId=own, **request)["id"]
    emr.cancel_job_run(virtualClusterId=own, id=run)
    assert emr.list_job_templates()["templates"]
    assert refused(lambda: emr.start_job_run(virtualClusterId=production, **request)) == "AccessDeniedException"
    assert refused(lambda: emr.list_job_runs(virtualClusterId=production)) == "AccessDeniedException"
    assert refused(lambda: emr.delete_virtual_cluster(id=own)) == "AccessDeniedException"


@pytest.mark.parametrize("key", ["lake/raw/planes/planted", "reports/planted", "artifacts/planted", "dags/planted"])
def test_it_writes_and_deletes_no_file_of_productions(key: str, cluster: Cluster, s3: Any) -> None:
    with cluster.s3() as platform:
        platform.put_object(Bucket=BUCKET, Key=key, Body=b"ours")
        try:
            assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"ours"
            assert refused(lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"theirs")) == "AccessDenied"
            assert refused(lambda: s3.delete_object(Bucket=BUCKET, Key=key)) == "AccessDenied"
            bulk = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
            assert [error["Code"] for error in bulk["Errors"]] == ["AccessDenied"]
            assert platform.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"ours"
        finally:
            platform.delete_object(Bucket=BUCKET, Key=key)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert refused(lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)) == "AccessDenied"


def test_it_writes_and_deletes_what_is_its_own(s3: Any, mine: LiveEnvironment) -> None:
    for folder in (f"lake/{mine.schema}/raw/x", f"environments/{mine.name}", "event-logs"):
        key = f"{folder}/{uuid.uuid4().hex}"
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"mine")
        s3.copy_object(Bucket=BUCKET, Key=f"{key}.copy", CopySource={"Bucket": BUCKET, "Key": key})  # Spark renames so
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"]
        assert [each["Key"] for each in found] == [key, f"{key}.copy"]
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": each["Key"]} for each in found]})
        assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix=key)
