"""Many job runs, and a server that is killed again and again at moments of chance."""

import random
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .conftest import Mortal, until


def test_no_crash_loses_or_doubles_a_job(server: Mortal, tmp_path: Path) -> None:
    chance = random.Random(20261125)  # noqa: S311  no secret
    server.max_running = 4
    server.start()
    cluster = server.cluster
    outs = [tmp_path / f"out-{number}" for number in range(30)]
    runs: list[str] = []
    for number, out in enumerate(outs):
        script = ("run.sh", "second.sh", "hold.sh")[number % 3]
        policy = {"retryPolicyConfiguration": {"maxAttempts": 2}}
        runs.append(server.start_job_run(script, str(out), token=f"token-{number}", **policy))
        if number % 3 == 2:  # hold.sh ends only by being cancelled, sooner or later
            server.persistently(lambda emr, of=runs[-1]: emr.cancel_job_run(virtualClusterId=cluster, id=of))
        if number % 2:
            time.sleep(chance.uniform(0.0, 0.3))
            server.kill()
            server.restart()
    ended = [server.ended(run) for run in runs]
    assert [run["state"] for run in ended] == ["COMPLETED", "COMPLETED", "CANCELLED"] * 10
    begun = [len(out.read_text().splitlines()) if out.exists() else 0 for out in outs]
    assert begun[0::3] == [1] * 10
    assert begun[1::3] == [2] * 10
    assert all(count <= 1 for count in begun[2::3])
    assert sorted(run["id"] for run in server.job_runs()) == sorted(runs)
    until(lambda: not server.leftovers(), lambda: str(server.leftovers()))
    assert server.deaths == 15


def test_a_job_that_was_finished_stays_so(server: Mortal, tmp_path: Path) -> None:
    server.start()
    job_run = server.start_job_run("run.sh", str(tmp_path / "out"))
    before = server.ended(job_run)
    server.kill()
    server.restart()
    assert server.ended(job_run) == before
    with pytest.raises(ClientError, match="COMPLETED and can no longer be cancelled"):
        server.client.cancel_job_run(virtualClusterId=server.cluster, id=job_run)
    assert server.ended(job_run) == before
