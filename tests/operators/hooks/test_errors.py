import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ProfileNotFound,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError
from longshore.exceptions import ApiAccessError, ApiError, ApiNotFoundError, ApiRequestError, ApiUnavailableError
from longshore.hooks.errors import translated


def _translated(error: Exception) -> ApiError:
    return translated(error, action="do it", endpoint="http://api", connection_id="my_aws")  # type: ignore[arg-type]


def _answer(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": "because"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "DescribeJobRun")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_answer("ValidationException"), ApiRequestError),
        (_answer("SomethingNew"), ApiRequestError),
        (_answer("ResourceNotFoundException"), ApiNotFoundError),
        (_answer("InternalServerException", 500), ApiUnavailableError),
        (_answer("502", 502), ApiUnavailableError),
        (_answer("429", 429), ApiUnavailableError),
        (_answer("ThrottlingException"), ApiUnavailableError),
        (_answer("InvalidSignatureException", 403), ApiAccessError),
        (_answer("UnrecognizedClientException", 403), ApiAccessError),
        (_answer("AccessDeniedException", 403), ApiAccessError),
        (_answer("ExpiredToken"), ApiAccessError),
        (_answer("AccessDenied"), ApiAccessError),
        (_answer("UnrecognizedClient"), ApiAccessError),
        (_answer("SomethingNew", 403), ApiAccessError),
        (_answer("SomethingNew", 401), ApiAccessError),
        (_answer("ServiceUnavailable", 400), ApiUnavailableError),
        (CredentialRetrievalError(provider="p", error_msg="away"), ApiAccessError),
        (UnauthorizedSSOTokenError(), ApiAccessError),
        (ProfileNotFound(profile="p"), ApiAccessError),
        (ResponseParserError("<html>"), ApiUnavailableError),
        (EndpointConnectionError(endpoint_url="http://api"), ApiUnavailableError),
        (ConnectTimeoutError(endpoint_url="http://api"), ApiUnavailableError),
        (ReadTimeoutError(endpoint_url="http://api"), ApiUnavailableError),
        (NoCredentialsError(), ApiAccessError),
        (NoRegionError(), ApiRequestError),
        (ParamValidationError(report="too long"), ApiRequestError),
    ],
)
def test_kind_of_error_and_its_message(error: Exception, kind: type[ApiError]) -> None:
    result = _translated(error)
    assert type(result) is kind
    # The thing, and a way out after the reason.
    assert str(result).startswith("Cannot do it at http://api (connection 'my_aws'): ")
    assert str(result).count(". ") >= 1


def test_answers_code_and_message_are_in_the_error() -> None:
    assert "ValidationException: because. Check the operator's arguments" in str(
        _translated(_answer("ValidationException"))
    )
