"""The errors that the server answers with, in AWS's shape.

    ApiError
    ├── ValidationException             400  a value of the request is wrong
    ├── ResourceNotFoundException       400  the thing that the request names does not exist
    ├── SerializationException          400  the body is not JSON, or not a JSON object
    ├── MalformedHttpRequestException   400  it is no HTTP
    ├── ThrottlingException             400  the server has more connections than it serves
    ├── AccessDeniedException           403  the caller's policy does not allow it
    ├── UnknownOperationException       404  no operation has this method and path
    ├── RequestTimeoutException         408  the request did not come to its end in time
    ├── RequestEntityTooLargeException  413  the head or the body is over the limit
    ├── InternalServerException         500  a fault of ours
    └── SignatureError                  403
        ├── MissingAuthenticationTokenException   the request is not signed
        ├── IncompleteSignatureException          the signature's form is wrong
        ├── UnrecognizedClientException           the access key is not known here
        └── InvalidSignatureException             the signature does not fit, or is out of its time

The class name is the wire's error code (`x-amzn-ErrorType`). Codes and statuses of the first two and of
InternalServerException are those of botocore's `emr-containers` model; the others are AWS's common errors
(API reference, "Common Errors").
"""

from typing import ClassVar


class ApiError(Exception):
    """An answer that is an error: `code` and `status` (HTTP) are of the class, the message of the instance."""

    status: ClassVar[int] = 400

    @property
    def code(self) -> str:
        return type(self).__name__


class ValidationException(ApiError):
    """400: a value of the request is wrong, or the state of a resource forbids the operation."""


class ResourceNotFoundException(ApiError):
    """400: the thing that the request names does not exist."""


class SerializationException(ApiError):
    """400: the body is not JSON, or not a JSON object."""


class MalformedHttpRequestException(ApiError):
    """400: what was sent is no HTTP request."""


class ThrottlingException(ApiError):
    """400: the server has more connections than it serves; AWS's clients wait and try again."""


class AccessDeniedException(ApiError):
    """403: the caller's policy does not allow the action on the resource."""

    status = 403


class UnknownOperationException(ApiError):
    """404: no operation has this method and path."""

    status = 404


class RequestTimeoutException(ApiError):
    """408: the request did not come to its end in time; AWS's clients try again."""

    status = 408


class RequestEntityTooLargeException(ApiError):
    """413: the request's head or body is over the server's limit."""

    status = 413


class InternalServerException(ApiError):
    """500: a fault of ours; the message says no more than that, the log does."""

    status = 500


class SignatureError(ApiError):
    """403: who sent the request could not be established."""

    status = 403


class MissingAuthenticationTokenException(SignatureError):
    """403: the request is not signed."""


class IncompleteSignatureException(SignatureError):
    """403: the signature's form is wrong."""


class UnrecognizedClientException(SignatureError):
    """403: the access key is not known here."""


class InvalidSignatureException(SignatureError):
    """403: the signature does not fit the request, or is out of its time."""


class ConfigurationError(Exception):
    """The server cannot start as it is configured; the message names the setting and the way out."""
