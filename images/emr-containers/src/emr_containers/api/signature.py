"""AWS Signature Version 4, checked by signing the request again with botocore and comparing.

Source: AWS, "Signature Version 4 for API requests"; canonical form by `botocore.auth.SigV4Auth`.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from emr_containers.api.model import SERVICE
from emr_containers.exceptions import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    UnrecognizedClientException,
)

WINDOW = timedelta(minutes=5)
"""The largest difference between a request's time and the server's, in either direction (AWS: five minutes)."""
LONGEST_PRESIGNED = timedelta(days=7)
"""The longest life of a presigned URL (AWS: seven days)."""

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_TIMESTAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """The parts of an HTTP request that a signature covers; `path` and `query` are still escaped."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Values by name in lower case. Several values of one name are joined by commas, in their order."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class _Claim:
    access_key: str
    scope_date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    timestamp: str
    lifetime: timedelta
    query: str


def verify(request: SignedRequest, keys: Mapping[str, str], now: datetime) -> str:
    """Returns the access key that signed `request`, by header or, presigned, by query string.

    Args:
        keys: secret access keys by access key.
        now: the server's time, aware.

    Raises:
        MissingAuthenticationTokenException, IncompleteSignatureException, UnrecognizedClientException,
        InvalidSignatureException: see `exceptions`.
    """
    claim = _checked_claim(request, keys, now)
    _check_digest(request, claim)
    # Compared as bytes: a signature with other than ASCII characters is wrong, and must not raise here.
    signature = _signature(request, claim, keys[claim.access_key])
    if not hmac.compare_digest(signature.encode(), claim.signature.encode()):
        raise InvalidSignatureException(
            "The request signature we calculated does not match the signature you provided. "
            "Check the secret access key and the signing method."
        )
    return claim.access_key


def check_head(request: SignedRequest, keys: Mapping[str, str], now: datetime) -> None:
    """Checks everything that `verify` checks without the body; raises what it raises.

    A client without a key can thus not make the server hold a body in memory.
    """
    _checked_claim(request, keys, now)


def _checked_claim(request: SignedRequest, keys: Mapping[str, str], now: datetime) -> _Claim:
    claim = _claim(request)
    if claim.access_key not in keys:
        raise UnrecognizedClientException(
            f"The access key {claim.access_key!r} is not known to this server; use a key of its credentials file."
        )
    if claim.service != SERVICE:
        raise InvalidSignatureException(f"The credential should be scoped to the service {SERVICE!r}.")
    _check_time(claim, now)
    _check_cover(request, claim)
    return claim


def _claim(request: SignedRequest) -> _Claim:
    if "authorization" in request.headers:
        match = _HEADER.fullmatch(request.headers["authorization"].strip())
        if match is None or "x-amz-date" not in request.headers:
            raise IncompleteSignatureException(
                "The request needs an X-Amz-Date header, and an Authorization header of the form "
                "'AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…'."
            )
        credential, headers, signature = match.group("credential", "headers", "signature")
        timestamp, lifetime, query = request.headers["x-amz-date"], WINDOW, request.query
    elif "X-Amz-Signature" in (parameters := dict(parse_qsl(request.query, keep_blank_values=True))):
        credential = parameters.get("X-Amz-Credential", "")
        headers = parameters.get("X-Amz-SignedHeaders", "")
        signature = parameters["X-Amz-Signature"]
        timestamp = parameters.get("X-Amz-Date", "")
        seconds = parameters.get("X-Amz-Expires", "")
        if not re.fullmatch("[0-9]{1,6}", seconds) or int(seconds) > LONGEST_PRESIGNED.total_seconds():
            raise IncompleteSignatureException("X-Amz-Expires must be a number of seconds, at most 604800.")
        lifetime = timedelta(seconds=int(seconds))
        query = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    else:
        raise MissingAuthenticationTokenException("The request must be signed with AWS Signature Version 4.")
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or "host" not in headers.split(";"):
        raise IncompleteSignatureException(
            "The credential must be 'KEY/DATE/REGION/SERVICE/aws4_request' and 'host' must be among the signed headers."
        )
    return _Claim(
        access_key=scope[0],
        scope_date=scope[1],
        region=scope[2],
        service=scope[3],
        headers=tuple(headers.split(";")),
        signature=signature,
        timestamp=timestamp,
        lifetime=lifetime,
        query=query,
    )


def _check_time(claim: _Claim, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(claim.timestamp, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise IncompleteSignatureException(
            f"X-Amz-Date {claim.timestamp!r} is not of the form 20260131T235959Z."
        ) from error
    if claim.scope_date != claim.timestamp[:8]:
        raise InvalidSignatureException("The date in the credential scope does not match X-Amz-Date.")
    if signed_at - now > WINDOW:
        raise InvalidSignatureException(f"Signature not yet current: {claim.timestamp} is ahead of the server's time.")
    if now - signed_at > claim.lifetime:
        raise InvalidSignatureException(
            f"Signature expired: {claim.timestamp} is too long ago; sign the request again."
        )


def _check_cover(request: SignedRequest, claim: _Claim) -> None:
    # botocore signs a normalized URL: no fragment, and a path that begins with a slash and has no `//`, `.` or `..`. A
    # path in another form is not covered by its signature, so it could have been changed on the way.
    path = request.path
    if not path.startswith("/") or "#" in path + request.query or normalize_url_path(path) != path:
        raise InvalidSignatureException(
            "The request's path must begin with a slash and have no '//', '.', '..' or '#': its signature does not "
            "cover them."
        )
    unsigned = [name for name in request.headers if name.startswith("x-amz-") and name not in claim.headers]
    if unsigned:
        raise InvalidSignatureException(
            f"The header {unsigned[0]!r} is not among the signed headers; every x-amz-* header must be."
        )


def _check_digest(request: SignedRequest, claim: _Claim) -> None:
    # A client that sends the body's digest signs that header instead of the body, and botocore trusts it.
    if "x-amz-content-sha256" not in claim.headers:
        return
    given = request.headers.get("x-amz-content-sha256", "")
    if given.lower() != hashlib.sha256(request.body).hexdigest():
        raise InvalidSignatureException("The X-Amz-Content-Sha256 header is not the SHA-256 digest of the body.")


def _signature(request: SignedRequest, claim: _Claim, secret: str) -> str:
    missing = [name for name in claim.headers if name not in request.headers]
    if missing:
        raise InvalidSignatureException(f"The signed header {missing[0]!r} is not in the request.")
    again = AWSRequest(
        method=request.method,
        # With https botocore may leave the body out of the signature, which no client of this service does. The host is
        # signed as a header, and clients may send one that is not valid in a URL.
        url=f"http://localhost{request.path}?{claim.query}",
        headers={name: request.headers[name] for name in claim.headers},
        data=request.body,
    )
    again.context["timestamp"] = claim.timestamp
    signer = SigV4Auth(Credentials(claim.access_key, secret), claim.service, claim.region)
    return str(signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again))
