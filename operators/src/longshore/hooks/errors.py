"""What botocore raises, said as the provider's exceptions: the thing, the reason, the way out."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from longshore.exceptions import (
    ApiAccessError,
    ApiError,
    ApiNotFoundError,
    ApiRequestError,
    ApiUnavailableError,
)

_THROTTLING = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded"}
)
_ACCESS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def translated(
    error: BotoCoreError | ClientError, *, action: str, endpoint: str, connection_id: str | None
) -> ApiError:
    """The provider's exception for `error`.

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
    if status >= 500 or status == 429 or code in _THROTTLING:
        return ApiUnavailableError(f"{said} The server is overloaded or has a fault: look at its log.")
    if code in _ACCESS:
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
