"""The server is killed at every step of a job run, and started again: one job a token, the right end, nothing left."""

from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .conftest import Mortal, until


def both(*steps: str) -> list[str]:
    """The points before and after these steps; `#2` stays behind."""
    return [f"{when} {step}" for step in steps for when in ("before", "after")]


START = both("COMMIT of PENDING", "COMMIT of SUBMITTED", "launch", "COMMIT of RUNNING")
FINISH = both("reap", "COMMIT of COMPLETED")
RETRY = both("COMMIT of PENDING#2", "COMMIT of SUBMITTED#2", "launch#2", "COMMIT of RUNNING#2", "COMMIT of COMPLETED")
CANCEL = both("COMMIT of CANCEL_PENDING", "signal", "signal#2", "reap", "COMMIT of CANCELLED")


def runs(out: Path) -> int:
    """Returns how often the job's script has begun."""
    return len(out.read_text().splitlines()) if out.exists() else 0


def check_one(server: Mortal, job_run: str) -> None:
    """One death, one virtual cluster, one job run, and no process of it."""
    assert server.deaths == 1
    assert server.create_cluster() == server.cluster
    assert [run["id"] for run in server.job_runs()] == [job_run]
    until(lambda: not server.leftovers(), lambda: str(server.leftovers()))


@pytest.mark.parametrize("point", START + FINISH)
def test_a_job_runs_once(server: Mortal, tmp_path: Path, point: str) -> None:
    out = tmp_path / "out"
    server.start(point)
    job_run = server.start_job_run("run.sh", str(out))
    if not server.deaths:
        server.restart()
    assert server.start_job_run("run.sh", str(out)) == job_run
    assert server.ended(job_run)["state"] == "COMPLETED"
    assert runs(out) == 1
    check_one(server, job_run)


@pytest.mark.parametrize("point", both("COMMIT of FAILED"))
def test_a_job_fails_once(server: Mortal, tmp_path: Path, point: str) -> None:
    out = tmp_path / "out"
    server.start(point)
    job_run = server.start_job_run("fail.sh", str(out))
    server.restart()
    ended = server.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "USER_ERROR")
    assert runs(out) == 1
    check_one(server, job_run)


@pytest.mark.parametrize("point", RETRY)
def test_each_attempt_runs_once(server: Mortal, tmp_path: Path, point: str) -> None:
    out = tmp_path / "out"
    server.start(point)
    job_run = server.start_job_run("second.sh", str(out), retryPolicyConfiguration={"maxAttempts": 3})
    server.restart()
    ended = server.ended(job_run)
    assert (ended["state"], ended["retryPolicyExecution"]) == ("COMPLETED", {"currentAttemptCount": 2})
    assert runs(out) == 2
    check_one(server, job_run)


@pytest.mark.parametrize("point", CANCEL)
def test_a_cancelled_job_ends(server: Mortal, tmp_path: Path, point: str) -> None:
    out = tmp_path / "out"
    server.start(point)
    job_run = server.start_job_run("hold.sh", str(out))
    until(lambda: runs(out))
    cancel(server, job_run)
    if not server.deaths:
        server.restart()
    ended = server.ended(job_run)
    assert ended["state"] == "CANCELLED"
    assert ended["stateDetails"].endswith(" Nothing was written.")
    assert runs(out) == 1
    check_one(server, job_run)


@pytest.mark.parametrize("point", both("COMMIT of CANCELLED"))
def test_a_job_that_waits_is_cancelled_and_never_runs(server: Mortal, tmp_path: Path, point: str) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    server.max_running = 1
    server.start(point)
    first = server.start_job_run("until.sh", str(tmp_path / "first"), str(go), token="first")
    until(lambda: runs(tmp_path / "first"))
    job_run = server.start_job_run("run.sh", str(out))
    cancel(server, job_run)
    go.touch()
    assert server.ended(first)["state"] == "COMPLETED"
    assert server.ended(job_run)["state"] == "CANCELLED"
    assert (runs(tmp_path / "first"), runs(out), server.deaths) == (1, 0, 1)


@pytest.mark.parametrize("point", both("find"))
def test_a_job_that_was_cancelled_before_its_process_began_never_runs(
    server: Mortal, tmp_path: Path, point: str
) -> None:
    out = tmp_path / "out"
    server.later_points = [point]
    server.start("after COMMIT of CANCEL_PENDING", HOLD_LAUNCH="yes")
    job_run = server.start_job_run("run.sh", str(out))
    until(lambda: server.describe(job_run)["state"] == "SUBMITTED")
    cancel(server, job_run)
    assert server.ended(job_run)["state"] == "CANCELLED"
    assert (runs(out), server.deaths) == (0, 2)
    assert not server.leftovers()


def cancel(server: Mortal, job_run: str) -> None:
    """CancelJobRun, as a client does that repeats it where there was no answer."""
    # Heard the first time, it may be over by the second.
    with suppress(ClientError):
        server.persistently(lambda emr: emr.cancel_job_run(virtualClusterId=server.cluster, id=job_run))
