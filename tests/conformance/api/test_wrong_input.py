"""Requests that break a constraint of the model are refused, by AWS's code and the member's name."""

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from conformance.right import REQUESTS
from conformance.targets import Target
from conformance.wrong import Wrong, wrong_requests

MODEL = ServiceModel(Loader().load_service_model("emr-containers", "service-2"), "emr-containers")


@pytest.fixture(scope="session")
def careless(target: Target) -> Any:
    """A client that sends what boto3 itself would refuse."""
    return target.client(validates=False)


def fault_of_the_answer(careless: Any, operation: str, wrong: Wrong) -> str | None:
    """Returns the fault in the answer to a wrong request, or None."""
    try:
        getattr(careless, xform_name(operation))(**wrong.request)
    except ClientError as error:
        code, message = (error.response["Error"][name] for name in ("Code", "Message"))
        if code.isdigit():
            return f"HTTP {code}"
        # A text where a number belongs is found while the request is read, before it is checked.
        if code not in ("ValidationException", "SerializationException"):
            return code
        return None if wrong.member in message else "refused for another reason"
    return "accepted"


@pytest.mark.parametrize("operation", REQUESTS)
def test_what_the_model_does_not_allow_is_refused(target: Target, careless: Any, operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    wrongs = list(wrong_requests(shape, REQUESTS[operation]))
    answers = {str(wrong): fault_of_the_answer(careless, operation, wrong) for wrong in wrongs}
    faults = {place: fault for place, fault in answers.items() if fault is not None}
    target.record.last_operation = operation
    kinds = ", ".join(sorted(set(faults.values())))
    assert not faults, f"{len(faults)} of {len(wrongs)} wrong requests end otherwise: {kinds}"


@pytest.mark.parametrize("operation", REQUESTS)
def test_the_requests_that_are_made_wrong_are_right(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    assert REQUESTS.keys() == set(MODEL.operation_names)
    validate_parameters(REQUESTS[operation], shape)
    assert list(wrong_requests(shape, REQUESTS[operation]))
