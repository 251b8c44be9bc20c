"""A real server, in a process of its own, with a release whose jobs are shell scripts: no Spark is needed here.

One server serves all tests that do not start, configure or break one; a virtual cluster of its own keeps each test's
job runs apart.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from forked import Forked, Warm
from support.job_runs import new_cluster
from support.serving import PROGRAM, SHELL, arguments, client, end_jobs, endpoint, write_files

MODULES = (
    *("emr_containers.server", "emr_containers.runtimes.kubernetes.runtime", "alembic.command"),
    *("sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg"),
    *("uvicorn.lifespan.on", "uvicorn.loops.asyncio", "anyio._backends._asyncio"),
)
"""The modules that the program imports late."""
SCRIPTS = {
    "hello.sh": 'echo "hello $*"; echo "to stderr" >&2',
    "fail.sh": 'echo "the table is missing" > "$LONGSHORE_TERMINATION_LOG"; exit 3',
    "fail_silently.sh": "exit 3",
    "sleep.sh": "echo started >> $1; sleep 60",
    "wait_for.sh": 'echo started >> "$1"; while [ ! -e "$2" ]; do sleep 0.05; done; echo done >> "$1"',
    "environment.sh": "env",
    "kill_itself.sh": "kill -9 $$",
    "say.sh": 'echo "$2" > "$LONGSHORE_TERMINATION_LOG"; echo started > "$1"; sleep 60',
    "say_and_end.sh": 'echo "$1" > "$LONGSHORE_TERMINATION_LOG"',
    "say_and_die.sh": 'echo "$1" > "$LONGSHORE_TERMINATION_LOG"; kill -9 $$',
    "end_commit.sh": 'trap "echo \\"$2\\" > $LONGSHORE_TERMINATION_LOG; exit 143" TERM\n'
    "echo begun > $LONGSHORE_TERMINATION_LOG; echo started > $1; while :; do sleep 0.05; done",
    "stubborn.sh": 'trap "" TERM; echo "$2" > "$LONGSHORE_TERMINATION_LOG"; echo started > "$1"\n'
    "while :; do sleep 0.05; done",
    "say_in_turn.sh": 'if [ -e "$1" ]; then echo "$3" > "$LONGSHORE_TERMINATION_LOG"; touch "$1.2"; sleep 60; fi\n'
    'touch "$1"; echo "$2" > "$LONGSHORE_TERMINATION_LOG"; kill -9 $$',
    "second_time.sh": 'if [ -e "$1" ]; then exit 0; fi; touch "$1"; exit 1',
    "bytes.sh": "printf '\\377\\000 not text' > \"$LONGSHORE_TERMINATION_LOG\"; exit 1",
    "leave_behind.sh": 'sleep 60 & echo "$!" > "$1"',
    "end_well.sh": 'trap "exit 0" TERM; echo started > "$1"; while :; do sleep 0.05; done',
    "tamper.sh": 'rm -rf ./* ../pid; echo 0 > exit; echo 0 > exit.new; echo x >> "$1"; exit 3',
    "exit_255.sh": "exit 255",
    "escape.sh": 'setsid sleep 300 & echo "$!" > "$1"; [ "$2" = end ] || sleep 300',
    "write_on.sh": 'while [ ! -e "$1" ]; do seq 1 2000; done',
}
RELEASES = (
    f'{SHELL}environment = {{ GREETING = "hi" }}\n'
    '[shell-not-installed]\nkind = "container"\ncommand = ["/not/installed"]\napplication_directory = "application"\n'
)


@dataclass
class Server:
    """A running server and how to reach it."""

    directory: Path
    options: list[str] = field(default_factory=list)
    warm: Warm | None = None
    """The process that it is forked from; by default the program is started as a user starts it."""
    process: "subprocess.Popen[str] | Forked | None" = None
    endpoint: str = ""

    def start(self) -> None:
        words = arguments(self.directory, "--port=0", *self.options)
        secret = {"A_SECRET_OF_THE_SERVER": "x"}
        # A file instead of a pipe: no test would read the pipe, and a full one would stop the server.
        with (self.directory / "server.log").open("w") as log:
            if self.warm is not None:
                self.process = self.warm.start(*words, output=Path(log.name), **secret)
            else:
                command = [PROGRAM, *words]
                self.process = subprocess.Popen(command, stdout=log, stderr=log, text=True, env=os.environ | secret)
        self.endpoint = endpoint(self.directory / "server.log", self.process)

    def log(self) -> str:
        return (self.directory / "server.log").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=45)
            self.process = None

    def client(self, **changes: Any) -> Any:
        return client(self.endpoint, **changes)


def prepare(directory: Path) -> None:
    write_files(directory, SCRIPTS, releases=RELEASES)


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process from which programs `emr-containers` are forked."""
    warm = Warm("emr_containers.cli:app", *MODULES)
    yield warm
    warm.close()


@pytest.fixture
def start_server(tmp_path: Path, warm: Warm) -> Iterator[Callable[..., Server]]:
    """Starts a server with these options; every server and job is gone at the end."""
    prepare(tmp_path)
    servers: list[Server] = []

    def start(*options: str) -> Server:
        server = Server(directory=tmp_path, options=list(options), warm=warm)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()
    end_jobs(tmp_path)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that the tests share; two job runs at a time."""
    directory = tmp_path_factory.mktemp("shared-server")
    prepare(directory)
    server = Server(directory=directory, options=["--max-running=2"])
    server.start()
    yield server
    server.stop()
    end_jobs(directory)


@pytest.fixture(scope="session")
def emr(server: Server) -> Any:
    """A boto3 client of the shared server."""
    return server.client()


@pytest.fixture
def cluster(emr: Any) -> str:
    """A virtual cluster's ID; each test has its own."""
    return new_cluster(emr)
