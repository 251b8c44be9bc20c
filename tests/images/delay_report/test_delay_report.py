"""The task's program in its image's own environment, against a real PostgreSQL."""

import json
import os
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from forked import Warm
from longshore_cli.embedded.postgres import Postgres

IMAGE = Path(__file__).parents[3] / "images" / "delay-report"
PYTHON = IMAGE / ".venv/bin/python"
CANARY = "canary-password"


@pytest.fixture(scope="module")
def mart(postgres: Postgres) -> str:
    """A database with the mart, by the name of its owner."""
    postgres.ensure_database("marts", password=CANARY)
    with postgres.connect("marts") as connection:
        connection.execute(
            "CREATE TABLE mart (origin text, dest text, flights int, mean_delay_minutes float8, "
            "p90_delay_minutes float8); CREATE TABLE few (LIKE mart); CREATE TABLE other (origin text)"
        )
        connection.execute(
            "INSERT INTO mart SELECT 'EWR', 'D' || n, n * 10, n, 2 * n FROM generate_series(1, 40) n; "
            "INSERT INTO mart VALUES ('JFK', 'ABQ', 500, NULL, NULL); INSERT INTO few SELECT * FROM mart LIMIT 3; "
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO marts"
        )
    return "marts"


@pytest.fixture
def connections(tmp_path: Path, postgres: Postgres, mart: str) -> Path:
    address = {"host": postgres.host, "port": postgres.port, "schema": mart, "login": mart}
    for name, content in {
        "flights_db": {**address, "password": CANARY},
        "gone_db": {**address, "password": CANARY, "port": 9},
        "bare_db": address | {"login": ""},
        "odd_port_db": {**address, "password": CANARY, "port": "abc"},
        "reports": {"extra": json.dumps({"path": str(tmp_path / "reports")})},
        "no_bucket": {"extra": {"path": "s3:///reports"}},
        "s3": {"extra": {"path": "s3://lake/reports"}},
        "nowhere": {"extra": {"path": "/dev/null/reports"}},
        "list": ["not", "a", "connection"],
    }.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


def surroundings(connections: Path) -> dict[str, str]:
    return {
        "LONGSHORE_CONNECTIONS": str(connections),
        "LONGSHORE_TERMINATION_LOG": str(connections / "message"),
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": CANARY,
    }


def words(table: str, connection: str = "flights_db", reports: str = "reports") -> tuple[str, ...]:
    return ("--connection", connection, "--table", table, "--reports", reports)


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    warm = Warm("images.delay_report.drawing:main", python=PYTHON, PYTHONPATH=str(IMAGE / "app"))
    yield warm
    warm.close()


@pytest.fixture
def refused(warm: Warm, connections: Path) -> Callable[..., str]:
    """Draws what cannot be drawn; returns what it says on stderr."""

    def refused(*options: str) -> str:
        output, errors = connections / "output", connections / "errors"
        assert warm.start(*options, output=output, errors=errors, **surroundings(connections)).wait() == 1
        assert CANARY not in output.read_text()
        return errors.read_text()

    return refused


@pytest.fixture
def late_port(postgres: Postgres) -> Iterator[int]:
    """A port that refuses connections for six seconds and then leads to the database, as a new pod finds it."""

    class ToDatabase(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((postgres.host, postgres.port)) as database:
                back = threading.Thread(target=pump, args=[database, self.request])
                back.start()
                pump(self.request, database)
                back.join()

    def open_port() -> None:
        server.server_activate()
        server.serve_forever()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), ToDatabase, bind_and_activate=False) as server:
        server.server_bind()
        (timer := threading.Timer(6, open_port)).start()
        yield server.server_address[1]
        server.shutdown()
        timer.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carries bytes until the source ends."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_it_draws_the_worst_routes_and_reports_what_it_read(connections: Path, late_port: int) -> None:
    connection = json.loads((connections / "flights_db.json").read_text())
    (connections / "flights_db.json").write_text(json.dumps(connection | {"port": late_port}))
    # The program itself, as the image runs it.
    done = subprocess.run(
        [PYTHON, IMAGE / "app/delay_report.py", *words("public.mart")],
        env=os.environ | surroundings(connections),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1].removeprefix("LONGSHORE_RESULT "))
    assert result["source"] == {"name": "public.mart", "rows": 41}
    assert result["sink"]["rows"] == 15
    assert Path(result["sink"]["name"]).read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (connections / "reports").iterdir()] == ["delays.png"]


@pytest.mark.parametrize(
    ("table", "connection", "message"),
    [
        ("public.nothing", "flights_db", "The table 'public.nothing' does not exist"),
        ("public.other", "flights_db", "'public.other' is not the mart: it has no column"),
        ("public.few", "flights_db", "'public.few' has no route of 100 flights or more to draw"),
        ("public.mart", "elsewhere", "'elsewhere' is not known to this job; it has bare_db, flights_db, gone_db,"),
        ("public.mart", "bare_db", "The connection 'bare_db' lacks login, password"),
        ("public.mart", "odd_port_db", "The connection 'odd_port_db' must have texts and, as its port, a number"),
        ("public.mart", "list", "The connection 'list' cannot be read: it must be a JSON object"),
        ("public.mart", "gone_db", "'public.mart' at 127.0.0.1:9 could not be read"),
    ],
)
def test_what_cannot_be_drawn_is_said_by_name(
    refused: Callable[..., str], connections: Path, table: str, connection: str, message: str
) -> None:
    errors = refused(*words(table, connection))
    assert message in errors
    assert message in (connections / "message").read_text()
    assert CANARY not in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ("flights_db", "'flights_db' lacks extra"),
        ("nowhere", "The folder '/dev/null/reports': Not a directory"),
        ("no_bucket", "The place 's3:///reports' names no bucket; write s3://bucket/prefix"),
        ("s3", "The place 's3://lake/reports' cannot be written to: Could not connect to the endpoint URL"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_named(
    refused: Callable[..., str], connections: Path, reports: str, message: str
) -> None:
    refused(*words("public.mart", reports=reports))
    assert message in (connections / "message").read_text()


def test_its_versions_contradict_airflows() -> None:
    program = "import importlib.metadata; print(importlib.metadata.version('sqlalchemy'))"
    its = subprocess.run([IMAGE / ".venv/bin/python", "-c", program], capture_output=True, text=True, check=True).stdout
    from importlib.metadata import version

    assert its.split(".")[0] != version("sqlalchemy").split(".")[0]
