"""Signatures: botocore signs, `verify` checks. No server is needed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emr_containers.api.signature import SignedRequest, verify
from emr_containers.exceptions import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    SignatureError,
    UnrecognizedClientException,
)

KEYS = {"KEY": "secret", "OTHER": "other secret"}
ENDPOINT = "http://127.0.0.1:8998"
MINUTES = timedelta(minutes=1)


def _received(request: AWSRequest, body: bytes) -> SignedRequest:
    parts = urlsplit(str(request.url))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SignedRequest(
        method=str(request.method),
        path=parts.path,
        query=parts.query,
        headers={"host": parts.netloc, "accept": "*/*"} | headers,
        body=body,
    )


def by_header(
    target: str = "/jobtemplates",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    key: str = "KEY",
    secret: str | None = None,
    service: str = "emr-containers",
) -> SignedRequest:
    request = AWSRequest(method=method, url=ENDPOINT + target, data=body, headers=headers)
    SigV4Auth(Credentials(key, secret or KEYS.get(key, "")), service, "eu-west-1").add_auth(request)
    return _received(request, body)


def by_url(path: str = "/jobtemplates", *, expires: int = 600, key: str = "KEY") -> SignedRequest:
    request = AWSRequest(method="GET", url=ENDPOINT + path)
    SigV4QueryAuth(Credentials(key, KEYS[key]), "emr-containers", "us-east-1", expires=expires).add_auth(request)
    return _received(request, b"")


def signed_at(request: SignedRequest) -> datetime:
    """The server's time in these tests: that of the signature, however long ago the tests were collected."""
    query = dict(parse_qsl(request.query))
    text = request.headers.get("x-amz-date") or query.get("X-Amz-Date", "")
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if text[:1] == "2" else datetime.now(UTC)


def check(request: SignedRequest, *, later: timedelta = timedelta()) -> str:
    return verify(request, KEYS, signed_at(request) + later)


def with_authorization(old: str, new: str) -> SignedRequest:
    request = by_header()
    authorization = request.headers["authorization"]
    assert old in authorization
    return replace(request, headers={**request.headers, "authorization": authorization.replace(old, new)})


def without_header(name: str) -> SignedRequest:
    request = by_header(headers={"X-Amz-Meta": "x"})
    return replace(request, headers={key: value for key, value in request.headers.items() if key != name})


@pytest.mark.parametrize(
    "request_",
    [
        by_header(),
        by_header(method="POST", body=b'{"name": "x"}'),
        by_header(method="POST", body="Größe".encode()),
        by_header("/"),
        by_header("/tags/arn%3Aaws%3Aemr-containers%3Aus-east-1%3A000000000000%3A%2Fvirtualclusters%2Fa"),
        by_header("/tags/x?tagKeys=with%20space&tagKeys=%C3%A4%F0%9F%98%80&tagKeys=a%2Bb&tagKeys=c%26d%3De"),
        by_header("/virtualclusters?states=RUNNING&createdAfter=2026-01-01T00%3A00%3A00Z&maxResults=3"),
        by_header("/virtualclusters?b=2&a=2&a=1&empty=&none"),
        by_header("/a%20b/%C3%A4/~tilde*('x')"),
        by_header(headers={"X-Amz-Meta": "  many   spaces "}),
        by_header(method="POST", body=b"{}", headers={"X-Amz-Content-SHA256": sha256(b"{}").hexdigest()}),
        by_url(),
        by_url("/virtualclusters/a/jobruns/b/logs/stdout?follow=no&name=%C3%A4"),
    ],
)
def test_what_botocore_signs_is_accepted(request_: SignedRequest) -> None:
    assert check(request_) == "KEY"


def test_the_key_that_signed_is_told() -> None:
    assert check(by_header(key="OTHER")) == "OTHER"
    assert check(by_url(key="OTHER")) == "OTHER"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (by_header(secret="wrong"), InvalidSignatureException),
        (by_header(key="STRANGER"), UnrecognizedClientException),
        (by_header(key="OTHER", secret="secret"), InvalidSignatureException),
        (by_header(service="s3"), InvalidSignatureException),
        (without_header("authorization"), MissingAuthenticationTokenException),
        (without_header("x-amz-date"), IncompleteSignatureException),
        (without_header("x-amz-meta"), InvalidSignatureException),
        (replace(by_header(), headers={}), MissingAuthenticationTokenException),
        (replace(by_header(), method="DELETE"), InvalidSignatureException),
        (replace(by_header(), method="HEAD"), InvalidSignatureException),
        (replace(by_header(), path="/virtualclusters"), InvalidSignatureException),
        (replace(by_header("/tags/a%2Fb"), path="/tags/a/b"), InvalidSignatureException),
        (replace(by_header("/tags/a?tagKeys=x"), query="tagKeys=y"), InvalidSignatureException),
        (replace(by_header("/tags/a?tagKeys=x"), query="tagKeys=x&tagKeys=y"), InvalidSignatureException),
        (replace(by_header(method="POST", body=b"{}"), body=b"{ }"), InvalidSignatureException),
        (replace(by_header(), headers={**by_header().headers, "host": "elsewhere"}), InvalidSignatureException),
        (with_authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), IncompleteSignatureException),
        (with_authorization("Signature=", "Signature=g"), IncompleteSignatureException),
        (with_authorization("Credential=KEY/", "Credential=KEY//"), IncompleteSignatureException),
        (with_authorization("SignedHeaders=host;", "SignedHeaders="), IncompleteSignatureException),
        (with_authorization("/eu-west-1/", "/eu-west-2/"), InvalidSignatureException),
        (with_authorization("Credential=KEY/2", "Credential=KEY/1"), InvalidSignatureException),
    ],
)
def test_what_was_not_signed_like_this_is_refused(request_: SignedRequest, error: type[SignatureError]) -> None:
    with pytest.raises(error):
        check(request_)


def changed(request: SignedRequest, **parts: str) -> SignedRequest:
    """The request with text put after its path or query, or a header added that is not signed."""
    headers = {name.replace("_", "-"): value for name, value in parts.items() if name not in ("path", "query")}
    return replace(
        request,
        path=request.path + parts.get("path", ""),
        query=request.query + parts.get("query", ""),
        headers={**request.headers, **headers},
    )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        # botocore signs what is before the fragment, and a path without what is between two slashes.
        (changed(by_header("/tags/a?tagKeys=x"), query="#&tagKeys=y"), "its signature does not cover them"),
        (changed(by_header("/virtualclusters/a"), path="#/jobruns"), "its signature does not cover them"),
        (replace(by_header("/a/b"), path="%2Ftags/a/b"), "must begin with a slash"),
        (replace(by_header("/a/b"), path="/a//b"), "its signature does not cover them"),
        (replace(by_header("/a/b"), path="/a/c/../b"), "its signature does not cover them"),
        (replace(by_header("/a/b"), path="/a/./b"), "its signature does not cover them"),
        (by_header("//twice//"), "its signature does not cover them"),
        (changed(by_header(), x_amz_meta="x"), "'x-amz-meta' is not among the signed headers"),
        (changed(by_url(), x_amz_meta="x"), "'x-amz-meta' is not among the signed headers"),
        (changed(by_header(), x_amz_content_sha256="UNSIGNED-PAYLOAD"), "is not among the signed headers"),
    ],
)
def test_what_a_signature_does_not_cover_is_refused(request_: SignedRequest, message: str) -> None:
    with pytest.raises(InvalidSignatureException, match=message):
        check(request_)


def test_the_order_of_query_parameters_is_not_signed_and_their_number_is() -> None:
    request = by_header("/virtualclusters?states=RUNNING&maxResults=3")
    assert check(replace(request, query="maxResults=3&states=RUNNING")) == "KEY"
    with pytest.raises(InvalidSignatureException):
        check(replace(request, query="maxResults=3&states=RUNNING&maxResults=3"))


@pytest.mark.parametrize("digest", [sha256(b"{}").hexdigest(), "UNSIGNED-PAYLOAD", ""])
def test_a_signed_digest_does_not_stand_for_another_body(digest: str) -> None:
    request = by_header(method="POST", body=b"{}", headers={"X-Amz-Content-SHA256": digest})
    with pytest.raises(InvalidSignatureException, match="not the SHA-256 digest of the body"):
        check(replace(request, body=b'{"forged": 1}'))


@pytest.mark.parametrize(
    ("request_", "shift", "message"),
    [
        (by_header(), 6 * MINUTES, "expired"),
        (by_header(), timedelta(minutes=5, seconds=1), "expired"),
        (by_header(), -timedelta(minutes=5, seconds=1), "not yet current"),
        (by_header(), -6 * MINUTES, "not yet current"),
        (by_url(expires=60), 2 * MINUTES, "expired"),
        (by_url(expires=60), -6 * MINUTES, "not yet current"),
    ],
)
def test_a_request_out_of_its_time_is_refused(request_: SignedRequest, shift: timedelta, message: str) -> None:
    with pytest.raises(InvalidSignatureException, match=message):
        check(request_, later=shift)


def test_a_request_is_accepted_within_five_minutes_and_a_url_as_long_as_it_says() -> None:
    assert check(by_header(), later=5 * MINUTES)
    assert check(by_header(), later=-5 * MINUTES)
    assert check(by_url(expires=604800), later=timedelta(days=6, hours=23))


@pytest.mark.parametrize("expires", ["604801", "-1", "", "x", "1.5", "9" * 5000, "٣"])
def test_a_url_that_lasts_longer_than_a_week_or_no_time_is_refused(expires: str) -> None:
    request = by_url()
    with pytest.raises(IncompleteSignatureException, match="X-Amz-Expires"):
        check(replace(request, query=request.query.replace("Expires=600", f"Expires={expires}")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        ("X-Amz-Expires=600", "X-Amz-Expires=600&X-Amz-Expires=6000"),
        ("X-Amz-Signature=", "X-Amz-Signature=%C3%A9"),
        ("X-Amz-Signature=", "X-Amz-%53ignature="),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
        ("X-Amz-Credential=KEY", "X-Amz-Credential="),
        ("X-Amz-Date=2", "X-Amz-Date=x"),
    ],
)
def test_a_changed_url_is_refused(old: str, new: str) -> None:
    request = by_url()
    assert old in request.query
    with pytest.raises(SignatureError):
        check(replace(request, query=request.query.replace(old, new)))


def test_a_url_is_good_for_its_own_path_only() -> None:
    with pytest.raises(InvalidSignatureException):
        check(replace(by_url("/virtualclusters/a"), path="/virtualclusters/b"))


@pytest.mark.parametrize("host", ["[", "a b", "[::1", "x:y", "ä", "a/b?c#d"])
def test_a_host_that_is_none_is_no_fault_of_ours(host: str) -> None:
    request = by_header()
    with pytest.raises(InvalidSignatureException):
        check(replace(request, headers={**request.headers, "host": host}))
