"""The errors that the server answers with, in AWS's shape, and those that never reach a client.

    ApiError
    ├── ValidationException             400  a value of the request is wrong
    ├── ResourceNotFoundException       400  the thing that the request names does not exist
    ├── SerializationException          400  the body is not JSON, or not a JSON object
    ├── MalformedHttpRequestException   400  the request is not HTTP
    ├── ThrottlingException             400  the server has too many connections
    ├── AccessDeniedException           403  the caller's policy does not allow it
    ├── UnknownOperationException       404  no operation has this method and path
    ├── RequestTimeoutException         408  the request did not arrive completely in time
    ├── RequestEntityTooLargeException  413  the head or the body is too large
    ├── TooManyRequestsException        429  a key or an address exceeds its rate or memory
    ├── InternalServerException         500  a fault of the server
    └── SignatureError                  403
        ├── MissingAuthenticationTokenException   the request is not signed
        ├── IncompleteSignatureException          the signature's form is wrong
        ├── UnrecognizedClientException           the access key is not known here
        └── InvalidSignatureException             the signature does not match, or has expired

The class name is the wire's error code (`x-amzn-ErrorType`). Codes and statuses of the first two and of
InternalServerException are those of botocore's `emr-containers` model; the others are AWS's common errors
(API reference, "Common Errors").
"""

from typing import ClassVar


class ApiError(Exception):
    """An error answer. The class has its `code` and its HTTP `status`, the instance its message."""

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
    """400: the request is not HTTP."""


class ThrottlingException(ApiError):
    """400: the server has too many connections; AWS's clients wait and retry."""


class AccessDeniedException(ApiError):
    """403: the caller's policy does not allow the action on the resource."""

    status = 403


class UnknownOperationException(ApiError):
    """404: no operation has this method and path."""

    status = 404


class RequestTimeoutException(ApiError):
    """408: the request did not arrive completely in time; AWS's clients retry."""

    status = 408


class RequestEntityTooLargeException(ApiError):
    """413: the request's head or body is larger than the server's limit."""

    status = 413


class TooManyRequestsException(ApiError):
    """429: a key or an address asks for more than its share; AWS's clients wait and try again.

    botocore retries it in each of its modes: in `standard` by its name, in `legacy` by its status.
    """

    status = 429


class InternalServerException(ApiError):
    """500: a fault of the server. Its log has the cause; the message does not."""

    status = 500


class SignatureError(ApiError):
    """403: the sender of the request could not be established."""

    status = 403


class MissingAuthenticationTokenException(SignatureError):
    """403: the request is not signed."""


class IncompleteSignatureException(SignatureError):
    """403: the signature's form is wrong."""


class UnrecognizedClientException(SignatureError):
    """403: the access key is not known here."""


class InvalidSignatureException(SignatureError):
    """403: the signature does not match the request, or has expired."""


class ConfigurationError(Exception):
    """The server cannot start with its configuration. The message names the setting and the way out."""


class UnknownSchemaError(Exception):
    """The database's tables are not those of an earlier server. The message says why, without the database's name."""


class TermEndedError(Exception):
    """This server may not dispatch any more: it has lost the database's lock, or cannot tell that it holds it."""


class TurnNeededError(Exception):
    """A small request that is as much work as a large one: it is done again when no other of them is at work."""
