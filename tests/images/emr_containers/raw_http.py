"""Requests as they go over the wire, signed by botocore: what no client would send must be sent by hand."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.serving import ACCESS_KEY, SECRET_KEY


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """AWS's name of the error; the body must have its shape."""
        assert list(json.loads(self.body)) == ["message"], self.body
        return self.headers["x-amzn-errortype"]

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["message"])


def sign(
    endpoint: str, method: str, target: str, body: bytes | None = None, *, key: str = ACCESS_KEY, **headers: str
) -> dict[str, str]:
    """The headers of a signed request."""
    request = AWSRequest(method=method, url=endpoint + target, data=body or b"", headers=headers)
    SigV4Auth(Credentials(key, SECRET_KEY), "emr-containers", "us-east-1").add_auth(request)
    return {**dict(request.headers.items()), "Host": urlsplit(endpoint).netloc}


def presign(
    endpoint: str,
    path: str,
    *,
    method: str = "GET",
    expires: int = 60,
    key: str = ACCESS_KEY,
    secret: str = SECRET_KEY,
) -> str:
    """A presigned URL."""
    request = AWSRequest(method=method, url=endpoint + path)
    SigV4QueryAuth(Credentials(key, secret), "emr-containers", "us-east-1", expires=expires).add_auth(request)
    return str(request.url)


def exchange(
    connection: http.client.HTTPConnection, method: str, target: str, headers: dict[str, str], body: Any = None
) -> Answer:
    """Sends the request as it is; `target` is not touched."""
    connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
    if isinstance(body, bytes) and not {"Content-Length", "Transfer-Encoding"} & headers.keys():
        headers = headers | {"Content-Length": str(len(body))}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(message_body=body)
    response = connection.getresponse()
    answer = response.read()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, answer)


def send(endpoint: str, method: str, target: str, headers: dict[str, str], body: Any = None) -> Answer:
    """`exchange` over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=20)
    try:
        return exchange(connection, method, target, headers, body)
    finally:
        connection.close()


def signed(
    endpoint: str, method: str, target: str, body: bytes | None = None, *, key: str = ACCESS_KEY, **headers: str
) -> Answer:
    """A signed request, and its answer."""
    return send(endpoint, method, target, sign(endpoint, method, target, body, key=key, **headers), body)
