"""A rolling upgrade with a changed schema: servers of two versions on one PostgreSQL, and clients that never pause."""

import itertools
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import emr_containers
import pytest
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from forked import Warm
from longshore_cli.embedded.postgres import Postgres
from support.newer_server import COLUMN, NEXT, make_newer

from .conftest import MODULES, SECONDS, Mortal, job, mortal, until
from .test_two_servers import leads, lines, log

CLIENTS = 3
DATABASE = "rolling_upgrade"


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """The process from which servers of the next version are forked."""
    folder = tmp_path_factory.mktemp("newer")
    package = folder / "emr_containers"
    shutil.copytree(Path(emr_containers.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    make_newer(package)
    warm = Warm("faults.server.dying:main", *MODULES, PYTHONPATH=str(folder))
    yield warm
    warm.close()


class Clients:
    """Clients that start one job run after another, at whichever server answers, as behind a Service.

    A request that got no answer is sent again with its token. An answer that is a refusal is never expected.
    """

    def __init__(self, folder: Path, *servers: Mortal) -> None:
        self.folder, self.servers = folder, list(servers)
        self.started: dict[str, Path] = {}
        self.longest = 0.0
        """Seconds of the longest wait for an answer, all retries included."""
        self._numbers, self._over = itertools.count(), threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Lets them work meanwhile; fails with the first refusal."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(self._work) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                self._over.set()
            for each in working:
                each.result()

    def more(self, count: int = 6) -> None:
        """Waits until so many more runs have been started."""
        wanted = len(self.started) + count
        until(lambda: len(self.started) >= wanted or self._over.is_set(), lambda: "The clients do not get on.")

    def _work(self) -> None:
        while not self._over.wait(0.1):
            out = self.folder / f"out-{next(self._numbers)}"
            began = time.monotonic()
            try:
                job_run = self._start(out)
            except BaseException:
                self._over.set()
                raise
            self.longest = max(self.longest, time.monotonic() - began)
            self.started[job_run] = out

    def _start(self, out: Path) -> str:
        deadline = time.monotonic() + SECONDS
        for number in itertools.count():
            servers = tuple(self.servers)
            each = servers[number % len(servers)]
            try:
                answer = each.client.start_job_run(
                    virtualClusterId=each.cluster, clientToken=out.name, **job("run.sh", str(out))
                )
                return str(answer["id"])
            except (ConnectionError, HTTPClientError):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            except ClientError as error:
                raise AssertionError(f"{out.name} was refused: {error}; {log(each)}") from error
        raise AssertionError("Unreachable.")


def test_servers_of_two_versions_share_a_database_while_its_schema_changes_and_no_request_is_lost(
    tmp_path: Path, warm: Warm, newer: Warm, postgres: Postgres
) -> None:
    postgres.ensure_database(DATABASE, password="canary")
    url = f"postgresql+psycopg://{DATABASE}:canary@{postgres.host}:{postgres.port}/{DATABASE}"
    with mortal(tmp_path / "old", warm) as old, mortal(tmp_path / "new", newer) as new:
        for server in (old, new):
            server.database_url, server.max_running, server.environment = url, 6, {"STANDBY": "yes"}
        old.start()
        until(lambda: leads(old), lambda: log(old))
        clients, go, held = Clients(tmp_path, old), tmp_path / "go", tmp_path / "held"
        through_it_all = old.start_job_run("until.sh", str(held), str(go))
        with clients.at_work():
            clients.more()
            # The next version starts beside the old one, and changes the schema.
            new.start()
            until(lambda: "database upgraded" in log(new), lambda: log(new))
            assert new.cluster == old.cluster
            clients.servers.append(new)
            clients.more()
            # The old one works on, also when it has to start anew; its warning says that it is the older one.
            old.kill()
            old.start()
            assert "database is newer than this server" in log(old)
            clients.more()
            # It leaves in good order, as Kubernetes has it: no more requests first, then SIGTERM.
            clients.servers.remove(old)
            assert old.process is not None
            old.process.terminate()
            assert old.process.wait(timeout=SECONDS) == -signal.SIGTERM, log(old)
            until(lambda: leads(new), lambda: log(new))
            clients.more()
        go.touch()
        states = {job_run: new.ended(job_run)["state"] for job_run in (*clients.started, through_it_all)}
        assert set(states.values()) == {"COMPLETED"}, states
        assert len(clients.started) == len({*clients.started.values()}) >= 24
        assert {out.name: lines(out) for out in (*clients.started.values(), held)} == {
            out.name: 1 for out in (*clients.started.values(), held)
        }
        with postgres.connect(DATABASE) as connection:
            rows = connection.execute(f"SELECT {COLUMN}, count(*) FROM job_runs GROUP BY 1").fetchall()
        by_version = dict(rows)
        assert by_version.keys() == {None, str(NEXT)}, "both versions have written"
        assert sum(by_version.values()) == len(states)
    print(f"{len(states)} job runs, {by_version}; longest wait for an answer {clients.longest:.1f} s")  # noqa: T201
