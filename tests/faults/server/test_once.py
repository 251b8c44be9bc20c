"""Once, whatever is lost: a folder, the state directory, a lock. What had begun is found or lost, never begun again."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Mortal, until

RETRIES = {"retryPolicyConfiguration": {"maxAttempts": 3}}
FOUND_OR_LOST = {"COMPLETED", "FAILED"}


def runs(out: Path) -> int:
    """Returns how often the job's script has begun."""
    return len(out.read_text().splitlines()) if out.exists() else 0


def begun(server: Mortal, out: Path, go: Path, *, token: str = "a") -> str:  # noqa: S107
    """The ID of a job run whose script has begun, and waits for the file `go`."""
    job_run = server.start_job_run("until.sh", str(out), str(go), token=token, **RETRIES)
    until(lambda: runs(out) and server.describe(job_run)["state"] == "RUNNING", lambda: str(server.describe(job_run)))
    return job_run


@pytest.mark.parametrize("ends", ["before", "after"])
def test_case_2_a_job_is_found_by_a_server_with_another_state_directory(
    server: Mortal, tmp_path: Path, ends: str
) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    server.start()
    job_run = begun(server, out, go)
    server.kill()
    if ends == "before":
        go.touch()
        until(lambda: not server.leftovers())
    server.start(STATE="another")
    go.touch()
    assert server.ended(job_run)["state"] == "COMPLETED"
    assert runs(out) == 1


def test_case_2_a_job_whose_state_directory_is_gone_is_lost_and_says_so(server: Mortal, tmp_path: Path) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    server.start()
    job_run = begun(server, out, go)
    server.kill()
    go.touch()
    until(lambda: not server.leftovers())
    shutil.rmtree(tmp_path / "state")
    server.start(STATE="another")
    ended = server.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert ended["stateDetails"].startswith("The attempt was claimed with another state directory, which is not on")
    assert ended["stateDetails"].endswith("so it is not started again.")
    assert runs(out) == 1


@pytest.mark.parametrize("dies", [False, True])
def test_case_2_a_run_whose_folder_was_removed_ends_as_lost_and_its_processes_end(
    server: Mortal, tmp_path: Path, dies: bool
) -> None:
    out = tmp_path / "out"
    server.start()
    job_run = begun(server, out, tmp_path / "go")
    if dies:
        server.kill()
    shutil.rmtree(tmp_path / "state" / "attempts")
    if dies:
        server.start()
    ended = server.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert ended["stateDetails"].startswith(f"The attempt's folder '{tmp_path}/state/attempts/{job_run}/1' was removed")
    until(lambda: not server.leftovers())
    assert runs(out) == 1


def test_case_2_a_run_whose_folder_was_removed_can_be_cancelled(server: Mortal, tmp_path: Path) -> None:
    out = tmp_path / "out"
    server.start()
    job_run = begun(server, out, tmp_path / "go")
    shutil.rmtree(tmp_path / "state" / "attempts")
    with suppress(ClientError):  # it may have ended as lost by now
        server.client.cancel_job_run(virtualClusterId=server.cluster, id=job_run)
    assert server.ended(job_run)["state"] in {"CANCELLED", "FAILED"}
    until(lambda: not server.leftovers())
    assert runs(out) == 1


def test_case_2_a_run_whose_folder_was_removed_before_it_was_said_to_run_is_not_begun_again(
    server: Mortal, tmp_path: Path
) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    server.start("before COMMIT of RUNNING")
    job_run = server.start_job_run("until.sh", str(out), str(go), **RETRIES)
    until(lambda: server.died)
    until(lambda: runs(out))
    shutil.rmtree(tmp_path / "state" / "attempts")
    go.touch()
    server.restart()
    ended = server.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    assert runs(out) == 1


@pytest.fixture
def numbers() -> Iterator[int]:
    return count()


@settings(max_examples=6, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    losses=st.lists(st.sampled_from(["attempts", "mark", "id", "locks", "all"]), min_size=1, max_size=3, unique=True),
    dies=st.booleans(),
    finishes=st.booleans(),
)
def test_case_2_whatever_is_lost_in_mid_run_a_job_runs_once_and_ends(
    server: Mortal, tmp_path: Path, numbers: Iterator[int], losses: list[str], dies: bool, finishes: bool
) -> None:
    number = next(numbers)
    out, go, state = tmp_path / f"out-{number}", tmp_path / f"go-{number}", tmp_path / "state"
    if server.process is None:
        server.start()
    job_run = begun(server, out, go, token=str(number))
    if dies:
        server.kill()
    for loss in losses:
        lose(loss, state, state / "attempts" / job_run / "1")
    if finishes:
        go.touch()
    if dies:
        server.start()
    if not finishes:
        server.client.list_virtual_clusters()  # it has taken up its work
        go.touch()
    assert server.ended(job_run)["state"] in FOUND_OR_LOST
    until(lambda: not server.leftovers())
    assert runs(out) == 1


def lose(what: str, state: Path, attempt: Path) -> None:
    """Removes files of the server, as a user or a tidy program does."""
    places = {
        "attempts": [state / "attempts"],
        "mark": [attempt / "pid"],
        "id": [state / "id"],
        "locks": [state / "lock", state.parent / "jobs.sqlite.lock"],
        "all": list(state.iterdir()),
    }
    for place in places[what]:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
