"""A server of today on the database that an earlier one left, with its job runs in every state."""

from collections.abc import Callable
from pathlib import Path

import pytest
from images.emr_containers.conftest import Server
from images.emr_containers.store.old_databases import SCHEMAS, postgresql_database, sqlite_database
from support.job_runs import ENDED, job, wait

_ONCE = 'echo "$LONGSHORE_JOB_RUN" >> "$STARTED"'
_FINISHED = {
    "oldcompleted": ("COMPLETED", 1796000030.5, None, None),
    "oldfailed": ("FAILED", 1796000031.5, "USER_ERROR", "the table 'ü' is missing"),
    "oldcancelled": ("CANCELLED", 1796000032.5, None, "Cancelled by ana."),
}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_earlier_servers_resources_are_found_and_its_runs_are_followed_and_started_once(
    start_server: Callable[..., Server], tmp_path: Path, request: pytest.FixtureRequest, schema: str, dialect: str
) -> None:
    if dialect == "sqlite":
        database = sqlite_database(tmp_path / "old.sqlite")
    else:
        database = postgresql_database(request.getfixturevalue("postgres"), f"old_{schema}")
    database.execute(SCHEMAS[schema])
    started = tmp_path / "started"
    releases = (tmp_path / "releases.toml").read_text()
    (tmp_path / "releases.toml").write_text(releases.replace('GREETING = "hi"', f'STARTED = "{started}"'))
    (tmp_path / "application" / "once.sh").write_text(_ONCE)
    # The earlier server's attempt has ended while no server ran.
    attempt = tmp_path / "state" / "attempts" / "oldrunning" / "1"
    attempt.mkdir(parents=True)
    for name, text in {"pid": "", "exit": "0"}.items():
        (attempt / name).write_text(text)

    server = start_server(f"--database-url={database.url}")
    emr = server.client()

    for run in ("oldpending", "oldsubmitted", "oldrunning"):
        assert wait(emr, "oldcluster", run, seconds=120)["state"] == "COMPLETED", run
    assert wait(emr, "oldcluster", "oldcancelling", seconds=120)["state"] == "CANCELLED"
    lost = wait(emr, "oldcluster", "oldlost", seconds=120)
    assert (lost["state"], lost["failureReason"]) == ("FAILED", "INTERNAL_ERROR")
    for run, (state, finished, reason, details) in _FINISHED.items():
        shown = emr.describe_job_run(virtualClusterId="oldcluster", id=run)["jobRun"]
        assert (shown["state"], shown["finishedAt"].timestamp()) == (state, finished)
        assert (shown.get("failureReason"), shown.get("stateDetails")) == (reason, details)
        assert shown["tags"] == {"longshore.dev/owner": "ana", "k": "v"}
        assert shown["jobDriver"] == job("once.sh")["jobDriver"]

    runs = emr.list_job_runs(virtualClusterId="oldcluster")["jobRuns"]
    assert len(runs) == 8
    assert {run["state"] for run in runs} == set(ENDED)
    for run in runs:  # each token stays its run's
        tags = {"longshore.dev/owner": "ana", "k": "v"}
        again = job("once.sh", name=run["name"], clientToken=f"token-of-{run['id']}", tags=tags)
        assert emr.start_job_run(virtualClusterId="oldcluster", **again)["id"] == run["id"]
    cluster = emr.describe_virtual_cluster(id="oldcluster")["virtualCluster"]
    assert (cluster["name"], cluster["tags"], cluster["createdAt"].timestamp()) == ("old", {"team": "ä"}, 1796000001.5)
    again = {"name": "old", "containerProvider": cluster["containerProvider"], "tags": cluster["tags"]}
    assert emr.create_virtual_cluster(clientToken="token-of-oldcluster", **again)["id"] == "oldcluster"
    assert [shown["id"] for shown in emr.list_job_templates()["templates"]] == ["oldtemplate"]
    if "security_configurations" in SCHEMAS[schema]:
        limits = {"maxConcurrentJobRuns": 50, "maxInQueueJobRuns": 60}
        assert (cluster["schedulerConfiguration"], cluster["securityConfigurationId"]) == (limits, "oldsecurity")
        assert emr.list_security_configurations()["securityConfigurations"][0]["id"] == "oldsecurity"

    limits = {"maxConcurrentJobRuns": 7}
    emr.update_virtual_cluster(id="oldcluster", schedulerConfiguration=limits)
    assert emr.describe_virtual_cluster(id="oldcluster")["virtualCluster"]["schedulerConfiguration"] == limits

    parameters = {"jobTemplateId": "oldtemplate", "jobTemplateParameters": {"Script": "once.sh"}}
    new = emr.start_job_run(virtualClusterId="oldcluster", **parameters)["id"]
    assert wait(emr, "oldcluster", new, seconds=120)["state"] == "COMPLETED"
    assert sorted(started.read_text().split()) == sorted(["oldpending", "oldsubmitted", new])
    assert "event=failed" not in server.log()
