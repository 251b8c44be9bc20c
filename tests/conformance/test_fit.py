"""The check of every answer finds what does not fit."""

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from .fit import misfits

MODEL = ServiceModel(Loader().load_service_model("emr-containers", "service-2"), "emr-containers")
ID = "0" * 25
RUN = {
    "id": ID,
    "virtualClusterId": ID,
    "arn": f"arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/{ID}/jobruns/{ID}",
    "state": "RUNNING",
    "clientToken": "token",
    "executionRoleArn": "arn:aws:iam::000000000000:role/job",
    "releaseLabel": "emr-7.9.0-latest",
    "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "s3://bucket/a.py"}},
    "createdAt": "2026-01-31T23:59:59.123Z",
    "createdBy": "arn:aws:iam::000000000000:user/somebody",
}


def found(operation: str, document: Any, status: int = 200, code: str | None = None) -> list[str]:
    headers = {"x-amzn-ErrorType": code} if code else {}
    body = json.dumps(document).encode()
    return misfits(MODEL.operation_model(operation), status=status, headers=headers, body=body)


def test_an_answer_as_awss_fits() -> None:
    assert found("DescribeJobRun", {"jobRun": RUN}) == []
    assert found("DescribeJobRun", {"message": "no"}, 400, "ResourceNotFoundException") == []


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        ({"state": "DONE"}, "`jobRun.state` is none of PENDING, "),
        ({"createdAt": 1769903999.123}, "`jobRun.createdAt` is no ISO 8601 timestamp"),
        ({"createdAt": "2026-01-31 23:59:59"}, "`jobRun.createdAt` is no ISO 8601 timestamp"),
        ({"arn": RUN["arn"].replace("jobruns", "runs")}, "`jobRun.arn` does not match its pattern"),
        ({"id": "A-B"}, "`jobRun.id` does not match its pattern"),
        ({"clientToken": "t" * 65}, "`jobRun.clientToken` is shorter or longer than the model allows"),
        ({"tags": None}, "`jobRun.tags` is no map"),
        ({"tags": {"a": 1}}, "`jobRun.tags's value` is no string"),
        ({"retryPolicyExecution": {"currentAttemptCount": True}}, "currentAttemptCount` is no integer"),
        ({"retryPolicyExecution": {}}, "`jobRun.retryPolicyExecution.currentAttemptCount` is missing"),
        ({"templateId": ID}, "`jobRun.templateId` is not in the model"),
    ],
)
def test_a_member_that_does_not_fit_is_found(change: dict[str, Any], misfit: str) -> None:
    (only,) = found("DescribeJobRun", {"jobRun": RUN | change})
    assert misfit in only


@pytest.mark.parametrize("member", RUN)
def test_a_member_that_clients_rely_on_is_missed(member: str) -> None:
    without = {name: value for name, value in RUN.items() if name != member}
    assert found("ListJobRuns", {"jobRuns": [without]}) == [f"`jobRuns[].{member}` is missing"]


@pytest.mark.parametrize(
    ("operation", "status", "code", "misfit"),
    [
        ("CancelJobRun", 400, "ResourceNotFoundException", "is no error of this operation"),
        ("DescribeJobRun", 404, "ResourceNotFoundException", "comes with HTTP 404, not 400"),
        ("DescribeJobRun", 400, None, "none is no error of this operation"),
    ],
)
def test_an_error_that_is_not_the_operations_is_found(operation: str, status: int, code: str, misfit: str) -> None:
    (only,) = found(operation, {"message": "no"}, status, code)
    assert misfit in only


def test_an_answer_that_is_no_json_is_found() -> None:
    arguments: dict[str, Any] = {"status": 500, "headers": {}, "body": b"<html>"}
    assert misfits(MODEL.operation_model("DescribeJobRun"), **arguments) == ["HTTP 500 without a JSON body"]
