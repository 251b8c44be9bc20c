"""Clients that do not sign, or sign wrongly, get nothing."""

from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from conformance.targets import Target, refusal

STRANGER = {"aws_access_key_id": "AKIASTRANGERSTRANGER", "aws_secret_access_key": "wrong"}
ONCE = {"total_max_attempts": 1}


def answer_to(client: Any) -> tuple[str, int]:
    """Code and HTTP status of a client's ListVirtualClusters, which must not be answered."""
    try:
        client.list_virtual_clusters()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("it is answered")


def test_a_request_without_a_signature_is_refused(target: Target) -> None:
    client = target.client(config=Config(signature_version=UNSIGNED, retries=ONCE))
    code, status = answer_to(client)
    assert status == 403, f"it answers HTTP {status}"
    assert code == "MissingAuthenticationTokenException"


def test_a_key_that_is_not_known_is_refused(target: Target) -> None:
    assert answer_to(target.client(**STRANGER)) == ("UnrecognizedClientException", 403)


def test_a_secret_that_is_not_the_keys_is_refused(target: Target, emr: Any) -> None:
    key = emr._request_signer._credentials.access_key
    client = target.client(aws_access_key_id=key, aws_secret_access_key="wrong")
    assert answer_to(client) == ("InvalidSignatureException", 403)


@pytest.mark.parametrize("header", ["Authorization", "X-Amz-Date"])
def test_a_signed_request_that_is_changed_on_the_way_is_refused(target: Target, header: str) -> None:
    client = target.client()
    changes = {"Authorization": "AWS4-HMAC-SHA256 nonsense", "X-Amz-Date": "20260101T000000Z"}

    def change(request: Any, **_: Any) -> None:
        # The signature covers the rest: only what comes after it can be wrong by itself.
        del request.headers[header]
        request.headers[header] = changes[header]

    client.meta.events.register("before-send.emr-containers", change)
    code, status = answer_to(client)
    assert status == 403, f"it answers HTTP {status}"
    assert code.endswith("SignatureException")


def test_a_refused_request_has_done_nothing(target: Target, emr: Any, cluster: str) -> None:
    job = target.job()
    refusal("UnrecognizedClientException", target.client(**STRANGER).start_job_run, virtualClusterId=cluster, **job)
    assert emr.list_job_runs(virtualClusterId=cluster, name=job["name"])["jobRuns"] == []
