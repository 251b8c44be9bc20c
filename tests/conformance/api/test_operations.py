"""Every operation of botocore's model is called, and answered."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from conformance.operations import call_all
from conformance.targets import Target

MODEL = Loader().load_service_model("emr-containers", "service-2")
OPERATIONS = sorted(MODEL["operations"])
ENDPOINTS = [name for name in OPERATIONS if "ManagedEndpoint" in name]


@pytest.fixture(scope="session")
def outcomes(target: Target, emr: Any) -> dict[str, ClientError | None]:
    return call_all(target, emr)


def test_no_operation_of_the_model_is_forgotten(target: Target, outcomes: dict[str, ClientError | None]) -> None:
    assert sorted(outcomes) == OPERATIONS


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_answered(target: Target, outcomes: dict[str, ClientError | None], operation: str) -> None:
    error = outcomes[operation]
    if error is not None:
        target.record.last_operation = operation
        code, message = (error.response["Error"][name] for name in ("Code", "Message"))
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 400, f"HTTP {status}: the operation is not there"
        # Nothing else may be refused; at AWS an endpoint that was just made is not ready for its calls either.
        assert operation in ENDPOINTS, f"{code}: {message}"
        if target.name == "ours":
            assert code in ("ValidationException", "ResourceNotFoundException")
            assert "managed endpoint" in message.lower(), "it does not say why"
    target.record.answered[operation] = "yes" if error is None else "refused, and said why"


def test_the_model_has_no_waiter_to_try(target: Target, emr: Any) -> None:
    assert emr.waiter_names == [], "a newer botocore has waiters: they need tests here"
