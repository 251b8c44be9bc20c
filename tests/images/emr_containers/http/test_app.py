"""The HTTP face, with requests that no client of AWS's would send."""

import asyncio
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import Answer, exchange, presign, send, sign, signed
from support.job_runs import new_cluster

MIB = 1024 * 1024


def test_an_error_has_awss_shape_and_botocore_reads_it(server: Server, emr: Any) -> None:
    answer = signed(server.endpoint, "GET", "/jobtemplates/nothere")
    assert (answer.status, answer.code) == (400, "ResourceNotFoundException")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    with pytest.raises(ClientError) as error:
        emr.describe_job_template(id="nothere")
    assert error.value.response["Error"] == {"Code": answer.code, "Message": answer.message}
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/nothing"),
        ("PUT", "/virtualclusters"),
        ("PATCH", "/virtualclusters"),
        ("HEAD", "/virtualclusters"),
        ("POST", "/virtualclusters/a/jobruns/b/logs/stdout"),
        ("OPTIONS", "/virtualclusters"),
        ("BREW", "/virtualclusters"),
        ("POST", "/healthz"),
    ],
)
def test_what_no_operation_answers_is_unknown(server: Server, method: str, target: str) -> None:
    answer = signed(server.endpoint, method, target)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    if method != "HEAD":
        assert answer.message == f"No operation answers {method} {target!r}."


def test_signatures_are_checked(server: Server) -> None:
    assert send(server.endpoint, "GET", "/virtualclusters", {}).code == "MissingAuthenticationTokenException"
    for keys, code in (
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "STRANGER"}, "UnrecognizedClientException"),
    ):
        with pytest.raises(ClientError) as error:
            server.client(**keys).list_virtual_clusters()
        assert error.value.response["Error"]["Code"] == code
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    url = urlsplit(presign(server.endpoint, "/virtualclusters?maxResults=1"))
    assert send(server.endpoint, "GET", f"{url.path}?{url.query}", {}).status == 200
    assert send(server.endpoint, "HEAD", f"{url.path}?{url.query}", {}).status == 403
    assert send(server.endpoint, "GET", f"/jobtemplates?{url.query}", {}).code == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("headers", "target", "body"),
    [
        ({}, "/virtualclusters?maxResults=1", b"{}"),
        ({}, "/virtualclusters#", b"{}"),
        ({}, "//virtualclusters", b"{}"),
        ({}, "/jobtemplates/../virtualclusters", b"{}"),
        ({}, "%2Fjobtemplates/virtualclusters", b"{}"),
        ({}, "/virtualclusters", b"{ }"),
        ({"Transfer-Encoding": "chunked"}, "/virtualclusters", b"3\r\n{ }\r\n0\r\n\r\n"),
        ({"X-Amz-Target": "unsigned"}, "/virtualclusters", b"{}"),
        ({"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, "/virtualclusters", b"{ }"),
    ],
)
def test_what_was_changed_after_the_signing_is_refused(
    server: Server, headers: dict[str, str], target: str, body: bytes
) -> None:
    signature = sign(server.endpoint, "POST", "/virtualclusters", b"{}", **{"X-Amz-Meta": "one"})
    answer = send(server.endpoint, "POST", target, signature | headers, body)
    assert (answer.status, answer.code) in (
        (403, "InvalidSignatureException"),
        (403, "IncompleteSignatureException"),
    )


@pytest.mark.parametrize(
    "header",
    [
        {"authorization": "AWS4-HMAC-SHA256 x"},
        {"x-amz-date": "20260101T000000Z"},
        {"x-amz-meta": "two"},
        {"x-amz-meta": "one"},
    ],
)
def test_a_header_that_is_there_a_second_time_is_not_what_was_signed(server: Server, header: dict[str, str]) -> None:
    signature = sign(server.endpoint, "POST", "/virtualclusters", b"{}", **{"X-Amz-Meta": "one"})
    for headers in (signature | header, header | signature):
        assert len(headers) == len(signature) + 1  # of another spelling, and so sent twice
        assert send(server.endpoint, "POST", "/virtualclusters", headers, b"{}").status == 403


def test_a_body_in_chunks_is_what_was_signed(server: Server) -> None:
    headers = sign(server.endpoint, "POST", "/virtualclusters", b"{}") | {"Transfer-Encoding": "chunked"}
    answer = send(server.endpoint, "POST", "/virtualclusters", headers, b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert "Value null at 'name'" in answer.message


def test_a_payload_that_is_said_to_be_unsigned_is_refused(server: Server) -> None:
    answer = signed(server.endpoint, "POST", "/virtualclusters", b"{}", **{"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert answer.message == "The X-Amz-Content-Sha256 header is not the SHA-256 digest of the body."


def oversized(server: Server, headers: dict[str, str], body: Any, signed_body: bytes = b"{}") -> Answer:
    headers = sign(server.endpoint, "POST", "/virtualclusters", signed_body) | headers
    return send(server.endpoint, "POST", "/virtualclusters", headers, body)


def test_a_body_over_one_mib_is_refused_however_it_is_sent(server: Server) -> None:
    body = b" " * (MIB + 1)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:MIB], body[MIB:])) + b"0\r\n\r\n"
    for answer in (
        oversized(server, {}, body, body),
        oversized(server, {"Transfer-Encoding": "chunked"}, chunks),
        # It says more than it sends: it is refused when there is too much, not when all has come.
        oversized(server, {"Content-Length": str(10 * MIB)}, body),
    ):
        assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")
        assert answer.message == "The request body is larger than 1048576 bytes."


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/virtualclusters?" + "states=RUNNING&" * 4_400, {}),
        ("/jobtemplates/" + "x" * 65_500, {}),
        ("/virtualclusters", {"X": "x" * 65_500}),
        ("/virtualclusters", {f"X-{n}": "x" * 850 for n in range(80)}),
    ],
)
def test_a_head_over_64_kib_is_refused(server: Server, target: str, headers: dict[str, str]) -> None:
    answer = send(server.endpoint, "GET", target, sign(server.endpoint, "GET", target) | headers)
    assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")
    assert answer.message == "The request line and headers are larger than 65536 bytes."


def test_a_head_of_50_long_tag_keys_is_read(server: Server) -> None:
    arn = "arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/" + "0" * 25
    keys = "&".join("tagKeys=" + quote("ä" * 126 + f"{n:02}") for n in range(50))
    answer = signed(server.endpoint, "DELETE", f"/tags/{quote(arn, safe='')}?{keys}")
    assert answer.code == "ResourceNotFoundException"


def test_a_body_of_one_mib_is_read(server: Server) -> None:
    body = b"{" + b" " * (MIB - 2) + b"}"
    assert "Value null at 'name'" in signed(server.endpoint, "POST", "/virtualclusters", body).message


def test_a_body_that_is_longer_than_it_says_is_no_request(server: Server) -> None:
    answer = oversized(server, {"Content-Length": "2"}, b"{}{}")
    assert answer.code == "ValidationException"  # the first two bytes; what follows is another request, and none


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"name": NaN}', b"[" * 200_000, b'{"name": 1}', b'{"name": "\\ud800"}']
)
def test_a_body_that_cannot_be_read_is_refused(server: Server, body: bytes) -> None:
    answer = signed(server.endpoint, "POST", "/virtualclusters", body)
    assert (answer.status, answer.code) == (400, "SerializationException")


@pytest.mark.parametrize(
    "target",
    [
        "/virtualclusters?createdAfter=inf",
        "/virtualclusters?createdAfter=0001-01-01T00:00:00%2B14:00",
        "/virtualclusters?maxResults=0",
        "/virtualclusters?maxResults=101",
        "/virtualclusters?maxResults=x",
        "/virtualclusters?states=NOPE&states=RUNNING",
        "/virtualclusters?nextToken=%00",
        "/virtualclusters?nextToken=WzEsICJcdWQ4MDAiXQ==",  # [1, "\ud800"]
        "/virtualclusters?nextToken=Wy01LCAxXQ==",
        "/virtualclusters?nextToken=" + "Wzk5" * 200,
        "/virtualclusters/a%2Fjobruns%2Fb",
        "/virtualclusters/%00",
        "/virtualclusters/%FF%FE",
        "/virtualclusters/a%0Ab/jobruns/%20",
        "/virtualclusters/%00/jobruns/a/logs/stdout",
        "/virtualclusters/a/jobruns/%00/logs/stdout",
        "/virtualclusters/a/jobruns/b/logs/..%2Fstdout",
        "/virtualclusters/a/jobruns/b/logs/secret",
        "/tags/%2E%2E%2F",
        "/tags/" + quote("arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/\n", safe=""),
        "/jobtemplates/" + "x" * 10_000,
        "/?" + "a=b&" * 5_000,
    ],
)
def test_odd_input_is_the_clients_fault_not_ours(server: Server, target: str) -> None:
    answer = signed(server.endpoint, "GET", target)
    assert answer.status in (400, 404)
    assert answer.code in (
        "ValidationException",
        "ResourceNotFoundException",
        "SerializationException",
        "UnknownOperationException",
    )


@pytest.mark.parametrize("host", ["[", "a/b?c", "x y"])
def test_an_odd_host_is_the_clients_fault_too(server: Server, host: str) -> None:
    assert send(server.endpoint, "GET", "/virtualclusters", {"Host": host}).status in (400, 403)


def test_bytes_that_are_no_ascii_in_the_query_are_refused(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.endpoint).netloc, timeout=20)
    connection._encode_request = lambda request: request.encode("latin-1")  # type: ignore[attr-defined]
    assert exchange(connection, "GET", "/virtualclusters?x=\xe4", {}).status in (400, 403)
    connection.close()


def test_a_connection_is_kept_after_an_error(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.endpoint).netloc, timeout=20)
    big = b" " * (MIB + 1)
    exchange(connection, "GET", "/healthz", {})
    socket = connection.sock
    for method, target, body, status in (
        ("GET", "/virtualclusters/nothere", None, 400),
        ("POST", "/virtualclusters", b"{", 400),
        ("POST", "/virtualclusters", big, 413),
        ("GET", "/nothing", None, 404),
        ("GET", "/virtualclusters", None, 200),
    ):
        headers = sign(server.endpoint, method, target, body)
        assert exchange(connection, method, target, headers, body).status == status
        assert connection.sock is socket
    connection.close()


@pytest.mark.parametrize("key", ["", "STRANGER"])
def test_without_a_known_key_no_body_is_waited_for(server: Server, key: str) -> None:
    headers = sign(server.endpoint, "POST", "/virtualclusters", b"{}")
    headers["Authorization"] = headers["Authorization"].replace("TESTKEY", key)
    answer = send(server.endpoint, "POST", "/virtualclusters", headers | {"Content-Length": "1000000"}, b"{")
    assert answer.status == 403


def test_a_client_that_goes_away_in_the_middle_is_no_fault(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.endpoint).netloc, timeout=20)
    connection.putrequest("POST", "/virtualclusters")
    connection.putheader("Content-Length", "100")
    connection.endheaders(b"{")
    connection.close()
    time.sleep(0.1)
    assert send(server.endpoint, "GET", "/healthz", {}).status == 200
    assert "Traceback" not in server.log()


def test_the_health_page_needs_no_signature(server: Server) -> None:
    answer = send(server.endpoint, "GET", "/healthz", {})
    assert (answer.status, answer.body) == (200, b"ok\n")


def test_the_health_page_says_when_nothing_is_dispatched_any_more(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    settings = Settings(state_directory=tmp_path, database_url="", releases={})
    runtime = ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path, releases={})
    service = Service(settings=settings, keys={}, database=database, runtime=runtime)
    application = build_application(service)

    async def asked_before_and_after() -> list[int]:
        transport = httpx.ASGITransport(app=application)
        async with application.router.lifespan_context(application), httpx.AsyncClient(transport=transport) as client:
            before = await client.get("http://test/healthz")
            assert service.dispatching is not None
            service.dispatching.cancel()
            await asyncio.wait([service.dispatching])
            return [before.status_code, (await client.get("http://test/healthz")).status_code]

    assert asyncio.run(asked_before_and_after()) == [200, 503]


def test_requests_at_the_same_time_are_all_answered(emr: Any) -> None:
    # More than SQLite has writers and the server has connections to it.
    with ThreadPoolExecutor(24) as pool:
        clusters = list(pool.map(new_cluster, [emr] * 48))
    assert len(set(clusters)) == 48
    known = emr.get_paginator("list_virtual_clusters").paginate(PaginationConfig={"PageSize": 20})
    assert set(clusters) <= {cluster["id"] for page in known for cluster in page["virtualClusters"]}


def test_no_request_of_these_was_a_fault_of_the_servers(server: Server) -> None:
    signed(server.endpoint, "GET", "/" + quote("line\nlevel=error event=forged"))
    log = server.log()
    assert "event=failed" not in log
    assert "Traceback" not in log
    assert not any(line.startswith("level=error") for line in log.splitlines())
    assert json.dumps(log).count("test-secret-key") == 0
