"""Faults around the server: the disk is full, the clock jumps, logs cannot be written, all come at once."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .conftest import Mortal, job, until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small file system needs root, and its absence is what this would test: {mounted.stderr}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_loses_nothing(server: Mortal, tmp_path: Path, small_disk: Path) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    server.database_url = f"sqlite:///{small_disk}/jobs.sqlite"
    server.start()
    runs = {"before": server.start_job_run("until.sh", str(out), str(go), token="before")}
    until(out.exists)
    filler = small_disk / "filler"
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={filler}", "bs=4096"], capture_output=True, check=False
    )  # until it is full
    # Requests of some size, so that what room there is inside of the database is used up, too.
    refused: list[ClientError] = []
    while not refused:
        token = f"token-{len(runs)}"
        try:
            runs[token] = server.start_job_run("run.sh", str(tmp_path / token), "x" * 10_000, token=token)
        except ClientError as error:
            refused.append(error)
    assert refused[0].response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert refused[0].response["Error"]["Code"] == "InternalServerException"
    go.touch()  # ends while its end cannot be written down
    until(lambda: not [pid for pid in server.leftovers() if out.read_text().split()[0] == str(pid)])
    filler.unlink()
    runs[token] = server.start_job_run("run.sh", str(tmp_path / token), "x" * 10_000, token=token)
    assert {token: server.ended(run)["state"] for token, run in runs.items()} == dict.fromkeys(runs, "COMPLETED")
    assert sorted(run["id"] for run in server.job_runs()) == sorted(runs.values())
    outs = [out, *(tmp_path / token for token in runs if token != "before")]
    assert [len(path.read_text().splitlines()) for path in outs] == [1] * len(runs)


@pytest.mark.parametrize("seconds", [-200, 200])
def test_a_clock_that_jumps_delays_and_hastens_nothing(server: Mortal, tmp_path: Path, seconds: int) -> None:
    clock, out, held, go = (tmp_path / name for name in ("clock", "out", "held", "go"))
    # Longer than a test waits for anything: a retry that did not heed the new time would be too late.
    server.environment = {"CLOCK_OFFSET": str(clock), "RETRY_SECONDS": "100"}
    server.start()
    running = server.start_job_run("until.sh", str(held), str(go), token="running")
    until(held.exists)
    job_run = server.start_job_run("second.sh", str(out), retryPolicyConfiguration={"maxAttempts": 2})
    until(lambda: server.describe(job_run)["state"] == "PENDING" and out.exists())
    clock.write_text(str(seconds))
    ended = server.ended(job_run)
    assert ended["state"] == "COMPLETED"
    assert ended["createdAt"] <= ended["finishedAt"]
    go.touch()
    assert server.ended(running)["state"] == "COMPLETED"
    later = server.start_job_run("run.sh", str(tmp_path / "later"), token="later")
    assert server.ended(later)["state"] == "COMPLETED"
    assert len(server.job_runs()) == 3


def test_a_log_location_that_cannot_be_written_fails_its_job_only(server: Mortal, tmp_path: Path) -> None:
    server.start()
    monitoring = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "file:///dev/null/logs"}}}
    job_run = server.start_job_run("run.sh", str(tmp_path / "out"), token="a", configurationOverrides=monitoring)
    ended = server.ended(job_run)
    assert (ended["state"], ended["failureReason"]) == ("FAILED", "VALIDATION_ERROR")
    assert "/dev/null/logs" in ended["stateDetails"]
    assert not (tmp_path / "out").exists()
    other = server.start_job_run("run.sh", str(tmp_path / "out"), token="b")
    assert server.ended(other)["state"] == "COMPLETED"


def test_200_clients_with_one_token_start_one_job(server: Mortal, tmp_path: Path) -> None:
    server.start()
    emr, cluster, out = server.client, server.cluster, tmp_path / "out"
    with ThreadPoolExecutor(200) as pool:
        started = [
            pool.submit(emr.start_job_run, virtualClusterId=cluster, clientToken="one", **job("run.sh", str(out)))
            for _ in range(200)
        ]
        ids = {answer.result()["id"] for answer in started}
    assert len(ids) == 1
    assert server.ended(*ids)["state"] == "COMPLETED"
    assert len(out.read_text().splitlines()) == 1
    assert len(server.job_runs()) == 1
