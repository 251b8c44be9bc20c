"""The pages about job runs that AWS does not have: a run's record, and a virtual cluster's queue."""

import json
from typing import Any

import pytest
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import signed
from support.job_runs import ROLE, job, new_cluster, wait

SOME_TIME = 1.7e9
"""Seconds since the epoch: long ago."""


def page(server: Server, path: str) -> dict[str, Any]:
    answer = signed(server.endpoint, "GET", path)
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body))


def test_a_record_tells_when_a_run_began_and_from_which_template(server: Server, emr: Any, cluster: str) -> None:
    driver = {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/fail.sh"}}
    data = {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": driver}
    template = emr.create_job_template(name="failing", jobTemplateData=data)["id"]
    run = emr.start_job_run(virtualClusterId=cluster, jobTemplateId=template)["id"]
    wait(emr, cluster, run)
    record = page(server, f"/virtualclusters/{cluster}/jobruns/{run}/record")
    assert record["template"] == {"id": template, "name": "failing"}
    assert SOME_TIME < record["createdAt"] <= record["startedAt"] <= record["finishedAt"]
    assert record["messages"] == ["the table is missing"]
    assert (record["attempt"], record["sizing"]) == (1, None)
    emr.delete_job_template(id=template)
    assert page(server, f"/virtualclusters/{cluster}/jobruns/{run}/record")["template"] == {
        "id": template,
        "name": None,
    }


def test_the_queue_counts_what_has_not_ended(server: Server, emr: Any, cluster: str) -> None:
    # Two run at a time on this server, and other tests' runs may be among them.
    runs = [emr.start_job_run(virtualClusterId=cluster, **job("sleep.sh", "/dev/null"))["id"] for _ in range(4)]
    counts = page(server, f"/virtualclusters/{cluster}/queue")
    assert list(counts) == ["PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"]
    assert sum(counts.values()) == 4
    for run in reversed(runs):  # the last one, which waits, before a place is free
        emr.cancel_job_run(virtualClusterId=cluster, id=run)
    for run in runs:
        wait(emr, cluster, run)
    assert set(page(server, f"/virtualclusters/{cluster}/queue").values()) == {0}
    (never,) = {page(server, f"/virtualclusters/{cluster}/jobruns/{runs[3]}/record")["startedAt"]}
    assert never is None


@pytest.mark.parametrize("path", ["jobruns/0000000000000000001/record", "queue"])
def test_what_does_not_exist_is_not_found_and_nobody_reads_without_a_key(server: Server, emr: Any, path: str) -> None:
    cluster = new_cluster(emr) if path != "queue" else "0000000000000000000000nothing"
    answer = signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/{path}")
    assert answer.code == "ResourceNotFoundException"
    assert signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/{path}", key="STRANGER").status == 403
