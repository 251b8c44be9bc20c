"""Answers that mean that the API cannot be asked now, as AWS, its token service and proxies before them give them."""

CANNOT_ASK = [
    (400, "ExpiredToken"),
    (403, "ExpiredTokenException"),
    (400, "AccessDenied"),
    (403, "AccessDeniedException"),
    (400, "UnrecognizedClientException"),
    (403, "UnrecognizedClient"),
    (403, "InvalidSignatureException"),
    (403, "RequestTimeTooSkewed"),
    (403, "SomethingNewIsForbidden"),
    (401, "SomethingNewIsUnauthorized"),
    (400, "ThrottlingException"),
    (429, "TooManyRequestsException"),
    (408, "RequestTimeoutException"),
    (500, "InternalServerException"),
    (502, "502"),
    (503, "ServiceUnavailable"),
    (504, "504"),
    (404, "404"),
    (400, "ValidationException"),
    (400, "SomethingNew"),
]
"""Status and code. The API's only word that a job run is lost is ResourceNotFoundException."""
