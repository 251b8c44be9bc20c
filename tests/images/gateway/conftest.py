"""A gateway: a real nginx with the image's own configuration, its names from a DNS server of the test's.

The Airflow of the environment `awake` and the wake page are servers that record their requests. Every environment's
port is 8080, so that theirs are on loopback addresses of their own.
"""

import asyncio
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import unused_port

IMAGE = Path(__file__).parents[3] / "images" / "gateway"
DOMAIN = "svc.cluster.test"
AIRFLOW, WAKE_PAGE = ("127.81.0.1", 8080), ("127.81.0.3", 8081)
LONGEST = "a" * 40
INVALID = ("Awake", "awake.svc", "-awake", "awake-", "a_b", f"{LONGEST}a")
"""Names that no environment can have. Each leads to Airflow all the same: only nginx's pattern refuses it."""
ADDRESSES = {
    **{f"airflow-api-server.env-{name.lower()}.{DOMAIN}": AIRFLOW[0] for name in ("awake", LONGEST, *INVALID)},
    f"airflow-api-server.env-asleep.{DOMAIN}": "127.81.0.2",  # no pod serves it
    f"environments-door.environments.{DOMAIN}": WAKE_PAGE[0],
}


class Names(threading.Thread):
    """A DNS server (RFC 1035) that knows `ADDRESSES`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def run(self) -> None:
        while True:
            question, client = self._socket.recvfrom(512)
            if not question:
                self._socket.close()
                return
            self._socket.sendto(_dns_answer(question), client)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
            ender.sendto(b"", ("127.0.0.1", self.port))
        self.join()


def _dns_answer(question: bytes) -> bytes:
    labels, at = [], 12
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode())
        at += 1 + length
    kind, end = struct.unpack_from("!H", question, at + 1)[0], at + 5
    address = ADDRESSES.get(".".join(labels).lower())
    of_ipv4 = address is not None and kind == 1
    header = struct.pack("!2sHHHHH", question[:2], 0x8180 if address else 0x8183, 1, int(of_ipv4), 0, 0)
    record = struct.pack("!HHHIH4s", 0xC00C, 1, 1, 5, 4, socket.inet_aton(address)) if address and of_ipv4 else b""
    return header + question[12:end] + record


def _server(name: str, *, status: int) -> web.Application:
    """Tells what it was asked; some paths do more."""

    async def tell(request: web.Request) -> web.StreamResponse:
        where = request.path.rpartition("/")[2]
        if where == "websocket":
            return await _echo(request)
        if where == "stream":
            return await _stream(request)
        if where == "broken":
            return web.Response(status=502, text="from Airflow")
        size = 0
        async for chunk in request.content.iter_chunked(1 << 16):
            size += len(chunk)
        headers = dict(request.headers)
        told = {"server": name, "method": request.method, "path": request.raw_path, "headers": headers, "size": size}
        cookie = {"Set-Cookie": "a=b; Path=/env/awake"}
        return web.Response(status=status, text=json.dumps(told), headers=cookie)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", tell)
    return application


async def _echo(request: web.Request) -> web.StreamResponse:
    echo = web.WebSocketResponse()
    await echo.prepare(request)
    async for message in echo:
        if message.type == WSMsgType.TEXT:
            await echo.send_str(message.data.upper())
    return echo


async def _stream(request: web.Request) -> web.StreamResponse:
    stream = web.StreamResponse()
    await stream.prepare(request)
    await stream.write(b"first\n")
    await asyncio.sleep(1.5)
    await stream.write(b"last\n")
    return stream


class Servers(threading.Thread):
    """The Airflow of `awake`, and the wake page."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ready, self._stopped = threading.Event(), threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    def serve(self) -> None:
        self.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._stopped.set()
        self.join(10)

    async def _serve(self) -> None:
        runners = []
        for name, (address, port), status in (("airflow", AIRFLOW, 200), ("wake page", WAKE_PAGE, 503)):
            runner = web.AppRunner(_server(name, status=status), shutdown_timeout=1, max_field_size=65536)
            await runner.setup()
            await web.TCPSite(runner, address, port).start()
            runners.append(runner)
        self._ready.set()
        await asyncio.to_thread(self._stopped.wait)
        for runner in runners:
            await runner.cleanup()


@dataclass(frozen=True)
class Gateway:
    """A gateway that serves."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def nginx() -> str:
    found = os.environ.get("LONGSHORE_NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("there is no nginx: put one on the path, or name it in LONGSHORE_NGINX")
    return found


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    server = Names()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def gateway(nginx: str, names: Names, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    for address in (AIRFLOW, WAKE_PAGE):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(address)
            except OSError as error:
                pytest.skip(f"{address} cannot be used here: {error}")
    servers = Servers()
    servers.serve()
    try:
        with running(nginx, tmp_path_factory.mktemp("gateway"), names, namespace="environments") as found:
            yield found
    finally:
        servers.stop()


@contextmanager
def running(nginx: str, work: Path, names: Names, *, namespace: str) -> Iterator[Gateway]:
    """A gateway of the namespace."""
    port, resolv_conf = unused_port(), work / "resolv.conf"
    resolv_conf.write_text(f"search {namespace}.{DOMAIN} {DOMAIN} cluster.test\nnameserver 127.0.0.1:{names.port}\n")
    environment = {
        "PATH": f"{Path(nginx).parent}:{os.environ['PATH']}",
        "TMPDIR": str(work),
        "NGINX_CONF": str(IMAGE / "nginx.conf"),
    }
    command = [str(IMAGE / "serve-gateway"), str(resolv_conf), str(port)]
    with (work / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait(port, process, work / "log")
        yield Gateway(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
