"""The API server with little in between: a kept connection a thread, JSON in and out, a watch as lines."""

import base64
import http.client
import json
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

Object = dict[str, Any]
_AGAIN_SECONDS = 0.2
_MERGE = "application/merge-patch+json"
_AT_ONCE = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


class ApiError(RuntimeError):
    """The API server refuses a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API server of a kubeconfig with a client certificate, such as kind's. Safe to use from several threads."""

    def __init__(self, kubeconfig: Path) -> None:
        configuration = yaml.safe_load(kubeconfig.read_text())
        cluster = configuration["clusters"][0]["cluster"]
        self._host = urlsplit(cluster["server"]).netloc
        self._tls = _tls(cluster, configuration["users"][0]["user"])
        self._threads = threading.local()

    def get(self, path: str) -> Object | None:
        """An object or a list; None where there is none."""
        return self._unless_missing("GET", path)

    def create(self, path: str, body: Object) -> Object:
        """A new object."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Object) -> Object:
        """A merge patch."""
        return self.call("PATCH", path, body, content=_MERGE)

    def remove(self, path: str) -> None:
        """Removes an object, or all of a list (with `?labelSelector=…`), at once; that there is none is no error."""
        self._unless_missing("DELETE", path, _AT_ONCE)

    def _unless_missing(self, method: str, path: str, body: Object | None = None) -> Object | None:
        try:
            return self.call(method, path, body)
        except ApiError as error:
            if error.status != http.client.NOT_FOUND:
                raise
            return None

    def call(self, method: str, path: str, body: Object | None = None, *, content: str = "application/json") -> Object:
        """Any request.

        Raises:
            ApiError: the answer is an error.
            OSError: there is no answer.
        """
        data = None if body is None else json.dumps(body)
        headers = {"Accept": "application/json", **({"Content-Type": content} if data else {})}
        connection = self._connection()
        try:
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # It was idle for longer than the server keeps it.
            connection.close()
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
        said = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise ApiError(answer.status, f"{method} {path} answered {answer.status}: {said[:500].decode()}")
        return dict(json.loads(said))

    def watch(self, path: str) -> "Watch":
        """The events of a list's objects from now on."""
        return Watch(self, self._new_connection(timeout=None), path)

    def _connection(self) -> http.client.HTTPSConnection:
        if not hasattr(self._threads, "connection"):
            self._threads.connection = self._new_connection(timeout=120)
        connection: http.client.HTTPSConnection = self._threads.connection
        return connection

    def _new_connection(self, *, timeout: float | None) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, timeout=timeout, context=self._tls)


class Watch:
    """One watch. It is begun again where the server ends it, from the last event."""

    def __init__(self, api: Api, connection: http.client.HTTPSConnection, path: str) -> None:
        listed = api.call("GET", f"{path}?limit=1")
        self._version = str(listed["metadata"]["resourceVersion"])
        self._connection, self._path, self._closed = connection, path, False

    def __iter__(self) -> Iterator[tuple[str, Object]]:
        """Kind (ADDED, MODIFIED, DELETED) and object of each event, until `close`.

        Raises:
            ApiError: the server has forgotten where the watch was.
        """
        while not self._closed:
            with suppress(OSError, http.client.HTTPException, ValueError):
                yield from self._once()
            self._connection.close()
            time.sleep(_AGAIN_SECONDS)

    def _once(self) -> Iterator[tuple[str, Object]]:
        self._connection.request("GET", f"{self._path}?watch=1&timeoutSeconds=3000&resourceVersion={self._version}")
        for line in self._connection.getresponse():
            event = json.loads(line)
            if event["type"] == "ERROR":
                raise ApiError(int(event["object"].get("code", 0)), f"The watch of {self._path} ended: {event}")
            self._version = event["object"]["metadata"]["resourceVersion"]
            yield event["type"], event["object"]

    def close(self) -> None:
        """Ends it, from another thread."""
        self._closed = True
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _tls(cluster: Object, user: Object) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    # Python's TLS reads keys from files only.
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "client.pem"
        pair.touch(mode=0o600)
        pair.write_bytes(b"".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key")))
        context.load_cert_chain(pair)
    return context
