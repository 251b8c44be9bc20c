"""A key without rights that sends what costs a server most, in a process of its own, until it is ended.

It signs each kind of request once and sends it again and again, so that it costs the machine little itself.
"""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bench.job_server import ROLE, SECRET

ATTACKER = "ATTACKKEY"
_CONNECTIONS = 8
_UNFINISHED = 24
"""Unfinished bodies that each connection's thread leaves open."""


@contextmanager
def under_attack(endpoint: str, cluster: str, template: str) -> Iterator[None]:
    """Attacks the server at `endpoint` while the context lasts.

    Args:
        template: the ID of one that grows to gigabytes, with the parameter `a`.

    Raises:
        RuntimeError: the attack ended before.
    """
    command = [sys.executable, "-m", "bench.attack", endpoint, cluster, template]
    process = subprocess.Popen(command)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("The attack ended before what was measured under it.")
    finally:
        process.kill()
        process.wait()


def _signed(endpoint: str, path: str, body: bytes) -> dict[str, str]:
    request = AWSRequest(method="POST", url=endpoint + path, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(ATTACKER, SECRET), "emr-containers", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def _sender(endpoint: str, path: str, request: dict[str, object]) -> Callable[[], None]:
    body = json.dumps(request, separators=(",", ":")).encode()
    headers = _signed(endpoint, path, body)
    threads = threading.local()

    def send() -> None:
        if not hasattr(threads, "connection"):
            threads.connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=60)
        try:
            threads.connection.request("POST", path, body=body, headers=headers)
            threads.connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            threads.connection.close()

    return send


def _leaver(endpoint: str, path: str) -> Callable[[], None]:
    headers = _signed(endpoint, path, b"{}") | {"Content-Length": str(2**20), "Host": urlsplit(endpoint).netloc}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    sent = f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + b" " * (2**20 - 1)
    threads = threading.local()

    def leave() -> None:
        if not hasattr(threads, "left"):
            threads.left = deque()
        if len(threads.left) == _UNFINISHED:
            threads.left.popleft().close()
        place = urlsplit(endpoint)
        with contextlib.suppress(OSError):
            threads.left.append(socket.create_connection((place.hostname or "", place.port or 0), timeout=1))
            threads.left[-1].sendall(sent)

    return leave


def main() -> None:
    """Attacks until it is ended."""
    endpoint, cluster, template = sys.argv[1:]
    path = f"/virtualclusters/{cluster}/jobruns"
    job = {"clientToken": "a", "executionRoleArn": ROLE, "releaseLabel": "shell"}
    driver = {"entryPoint": "local:///opt/longshore/true.sh", "entryPointArguments": [""] * 250_000}
    bomb = {"clientToken": "b", "jobTemplateId": template, "jobTemplateParameters": {"a": "x" * 1024}}
    kinds = (
        _sender(endpoint, path, job | {"jobDriver": {"sparkSubmitJobDriver": driver}}),
        _leaver(endpoint, path),
        _sender(endpoint, path, bomb),
    )

    def attack() -> None:
        while True:
            for kind in kinds:
                kind()

    threads = [threading.Thread(target=attack, daemon=True) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
