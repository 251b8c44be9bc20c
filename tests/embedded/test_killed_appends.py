"""Job runs of appends whose drivers are killed or cancelled: their rows are there once, and their details say so."""

import os
import signal

from longshore_cli.embedded.platform import Platform
from support.job_runs import ended
from support.waiting import until

from .lake import lake_rows

ROWS = 16
"""The number of rows in `airlines`."""


def append(platform: Platform, target: str, *, source: str = "airlines", attempts: int = 1, **parameters: str) -> str:
    """Starts a job run that appends to a table of the lake; returns its ID."""
    emr = platform.server.client()
    templates = {each["name"]: each["id"] for each in emr.list_job_templates()["templates"]}
    return str(
        emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
            virtualClusterId=platform.server.virtual_cluster_id,
            jobTemplateId=templates["jdbc-to-spark"],
            jobTemplateParameters={
                "connection_id": "flights_db",
                "source": source,
                "target": target,
                "mode": "append",
                **parameters,
            },
            retryPolicyConfiguration={"maxAttempts": attempts},
        )["id"]
    )


def until_it_says(platform: Platform, job_run: str, text: str) -> None:
    """Waits until the first driver's message ends so."""
    message = platform.layout.server / "attempts" / job_run / "1" / "termination-log"
    until(f"the driver says {text!r}", lambda: message.exists() and message.read_text().endswith(text), every=0.01)


def test_a_run_whose_driver_is_killed_after_its_commit_starts_again_and_has_appended_once(platform: Platform) -> None:
    """Case 4."""
    started = append(platform, "lake.killed.retried", attempts=2)
    until_it_says(platform, started, f"was written: {ROWS} rows.")
    pid = platform.layout.server / "attempts" / started / "1" / "pid"
    os.killpg(int(pid.read_text()), signal.SIGKILL)
    run = ended(platform, started)
    assert run["state"] == "COMPLETED"
    assert run["retryPolicyExecution"]["currentAttemptCount"] == 2
    assert len(lake_rows(platform, "killed.retried", ["carrier"])) == ROWS


def test_a_cancelled_run_says_whether_it_has_written_and_its_task_appends_once(platform: Platform) -> None:
    """Case 4, too: it is cancelled at its last moment."""
    emr, cluster = platform.server.client(), platform.server.virtual_cluster_id
    key = "c" * 32 + ":-"
    with platform.postgres.connect("flights") as holder:
        holder.execute("SELECT pg_advisory_lock(1)")
        source = "(SELECT a.* FROM airlines a, pg_advisory_xact_lock_shared(1))"
        early = append(platform, "lake.killed.cancelled", source=source, commit_key=key)
        waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND objsubid = 1 AND NOT granted"
        until("the driver reads the source", lambda: holder.execute(waits).fetchone())
        emr.cancel_job_run(virtualClusterId=cluster, id=early)
        run = ended(platform, early)
        assert run["state"] == "CANCELLED"
        assert "Nothing was written to 'lake.killed.cancelled'." in run["stateDetails"]
    with platform.postgres.connect("lake_catalog") as holder, holder.transaction():
        holder.execute("LOCK TABLE iceberg_tables IN SHARE ROW EXCLUSIVE MODE")  # which every commit needs
        late = append(platform, "lake.killed.cancelled", commit_key=key)
        until_it_says(platform, late, "the commit had begun.")
        emr.cancel_job_run(virtualClusterId=cluster, id=late)
        run = ended(platform, late)
        assert run["state"] == "CANCELLED"
        assert "It is not known whether 'lake.killed.cancelled' was written" in run["stateDetails"]
    again = ended(platform, append(platform, "lake.killed.cancelled", commit_key=key))
    assert again["state"] == "COMPLETED", again
    assert len(lake_rows(platform, "killed.cancelled", ["carrier"])) == ROWS
