"""Translates errors of botocore into the provider's exceptions: the named thing, the reason, the way out."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from longshore.exceptions import (
    ApiAccessError,
    ApiError,
    ApiNotFoundError,
    ApiRequestError,
    ApiUnavailableError,
)

_UNAVAILABLE = frozenset(
    {
        "BandwidthLimitExceeded",
        "InternalFailure",
        "InternalServerException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_ACCESS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClient",
        "UnrecognizedClientException",
    }
)

_NO_KEYS = (
    CredentialRetrievalError,
    MetadataRetrievalError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)


def translated(
    error: BotoCoreError | ClientError | ResponseParserError, *, action: str, endpoint: str, connection_id: str | None
) -> ApiError:
    """Returns the provider's exception for `error`.

    Args:
        error: from a call of the client.
        action: what was tried, after "Cannot": `start a job run of the template 'x'`.
        endpoint: the API's address.
        connection_id: the Airflow connection in use.
    """
    place = f"Cannot {action} at {endpoint} (connection {connection_id!r})"
    if isinstance(error, ClientError):
        return _of_answer(error, place, connection_id)
    if isinstance(error, HTTPClientError | ConnectionError):
        return ApiUnavailableError(
            f"{place}: {_sentence(error)} Check that the server runs and that 'endpoint_url' of the connection is "
            "its address."
        )
    if isinstance(error, ResponseParserError):
        return ApiUnavailableError(
            f"{place}: what answered is not the API: {_sentence(error)} Check 'endpoint_url' of the connection, and "
            "what stands between it and the server."
        )
    if isinstance(error, _NO_KEYS):
        return ApiAccessError(f"{place}: {_sentence(error)} Check where the connection takes its keys from.")
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return ApiAccessError(f"{place}: {_sentence(error)} Set login and password of the connection to a key pair.")
    if isinstance(error, NoRegionError):
        return ApiRequestError(f'{place}: {_sentence(error)} Set extra["region_name"] of the connection.')
    return ApiRequestError(f"{place}: {_sentence(error)} Check the operator's arguments.")


def _of_answer(error: ClientError, place: str, connection_id: str | None) -> ApiError:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = f"{place}: {code}: {_sentence(message or 'no message')}"
    if status >= 500 or status in (408, 429) or code in _UNAVAILABLE:
        return ApiUnavailableError(f"{said} The server is overloaded or has a fault: look at its log.")
    if "not authorized to override" in message:
        return ApiAccessError(
            f"{said} Overrides are conf, jars, py_files and configuration_overrides of the task; the key is the "
            f"connection's, {connection_id!r}."
        )
    # An account of its own, a proxy or a newer API may use other codes for the same.
    if code in _ACCESS or status in (401, 403):
        return ApiAccessError(
            f'{said} Check login and password (the key pair), extra["region_name"] and the key\'s rights for the '
            f"connection {connection_id!r}, and this machine's clock."
        )
    if code == "ResourceNotFoundException":
        return ApiNotFoundError(f"{said} Check the ids that the operator and the connection give.")
    return ApiRequestError(f"{said} Check the operator's arguments.")


def _sentence(reason: object) -> str:
    text = str(reason).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
