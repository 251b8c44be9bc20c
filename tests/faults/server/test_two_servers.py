"""Two servers of one PostgreSQL database: one dispatches, and the other does when that one is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from forked import Warm
from longshore_cli.embedded.postgres import Postgres

from .conftest import Mortal, mortal, until

RUNS = 12


@pytest.fixture
def servers(tmp_path: Path, warm: Warm, postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[list[Mortal]]:
    """Two that run; the first leads. Their state directories are their own."""
    name = f"pair_{abs(hash(request.node.name))}"
    postgres.ensure_database(name, password="canary")
    url = f"postgresql+psycopg://{name}:canary@{postgres.host}:{postgres.port}/{name}"
    with mortal(tmp_path / "first", warm) as first, mortal(tmp_path / "second", warm) as second:
        for server in (first, second):
            server.database_url, server.max_running, server.environment = url, 4, {"STANDBY": "yes"}
            server.start()
        until(lambda: leads(first), lambda: log(first))
        yield [first, second]


def log(server: Mortal) -> str:
    return (server.directory / "server.log").read_text()


def leads(server: Mortal) -> bool:
    """Returns whether the server has ever dispatched."""
    return 'event="dispatching begins"' in log(server)


def lines(out: Path) -> int:
    return len(out.read_text().splitlines()) if out.exists() else 0


@pytest.mark.parametrize("how", ["killed", "paused", "cut off"])
def test_case_3_each_of_twelve_runs_is_executed_once_whatever_becomes_of_the_leader(
    servers: list[Mortal], postgres: Postgres, tmp_path: Path, how: str
) -> None:
    first, second = servers
    outs, go = [tmp_path / f"out-{number}" for number in range(RUNS)], tmp_path / "go"
    # The standby answers, too; what it accepts the leader starts.
    ids = [
        servers[number % 2].start_job_run("until.sh", str(out), str(go), token=str(number))
        for number, out in enumerate(outs)
    ]
    until(lambda: states(second).count("RUNNING") == 4, lambda: str(states(second)))
    assert first.process is not None
    if how == "killed":
        first.kill()
    elif how == "paused":
        first.process.send_signal(signal.SIGSTOP)
    else:
        with postgres.connect("postgres") as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'pair%'")
    until(lambda: leads(second) or log(first).count('event="dispatching begins"') > 1, lambda: log(second))
    if how == "paused":
        first.process.send_signal(signal.SIGCONT)
        until(lambda: "dispatching ends" in log(first), lambda: log(first))
    go.touch()
    assert {second.ended(job_run)["state"] for job_run in ids} == {"COMPLETED"}
    assert [lines(out) for out in outs] == [1] * RUNS
    until(lambda: not [*first.leftovers(), *second.leftovers()])


def test_case_3_what_a_paused_leader_was_about_to_start_runs_once_when_it_comes_back(
    servers: list[Mortal], tmp_path: Path
) -> None:
    # Paused as it starts the process, after every check.
    first, second = servers
    first.kill()
    until(lambda: leads(second), lambda: log(second))
    first.start(PAUSE_BEFORE_LAUNCH="yes")
    second.kill()
    until(lambda: log(first).count('event="dispatching begins"') > 1, lambda: log(first))
    out = tmp_path / "out"
    job_run = first.start_job_run("run.sh", str(out))
    until(lambda: (first.directory / "paused").exists())
    second.start()
    until(lambda: log(second).count('event="dispatching begins"') > 1, lambda: log(second))
    ended = second.ended(job_run)
    assert ended["state"] == "COMPLETED"
    assert first.process is not None
    first.process.send_signal(signal.SIGCONT)
    until(lambda: "dispatching ends" in log(first) or "no more is dispatched" in log(first), lambda: log(first))
    assert second.describe(job_run) == ended
    assert lines(out) == 1


def test_case_3_what_was_given_up_as_lost_does_not_begin_when_the_paused_leader_comes_back(
    servers: list[Mortal], tmp_path: Path
) -> None:
    first, second = servers
    first.kill()
    until(lambda: leads(second), lambda: log(second))
    first.start(PAUSE_BEFORE_LAUNCH="yes")
    second.kill()
    until(lambda: log(first).count('event="dispatching begins"') > 1, lambda: log(first))
    out = tmp_path / "out"
    job_run = first.start_job_run("run.sh", str(out))
    until(lambda: (first.directory / "paused").exists())
    (first.directory / "state" / "id").unlink()  # as on another machine, where the second does not see it
    second.start()
    ended = second.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert first.process is not None
    first.process.send_signal(signal.SIGCONT)
    until(lambda: "dispatching ends" in log(first) or "no more is dispatched" in log(first), lambda: log(first))
    first.kill()  # what it was about to start it has started by now
    until(lambda: not first.leftovers())
    assert lines(out) == 0


def states(server: Mortal) -> list[str]:
    return [str(run["state"]) for run in server.job_runs()]
