"""Which waiting job runs may start, over a real database."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.dispatch.start_order import free_places, next_runs
from emr_containers.exceptions import ValidationException
from emr_containers.operations import job_runs, virtual_clusters
from emr_containers.operations.context import Context
from emr_containers.settings import Release, Settings
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun
from sqlalchemy import select, update
from support.job_runs import job


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    shell = Release(label="shell", kind="container", command=("/bin/sh",), application_directory=tmp_path)
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    settings = Settings(state_directory=tmp_path, database_url=url, releases={"shell": shell})
    database = Database(url)
    moments = iter(range(10**6))
    yield Context(
        settings=settings,
        database=database,
        caller="arn:aws:iam::000000000000:user/x",
        wake=lambda: None,
        check=lambda _spec: None,
        now=lambda: float(next(moments)),
    )
    database.close()


def new_cluster(context: Context, **limits: int) -> str:
    provider = {"type": "EKS", "id": "c", "info": {"eksInfo": {"namespace": uuid.uuid4().hex}}}
    values = {"name": "c", "containerProvider": provider, "clientToken": uuid.uuid4().hex}
    return str(virtual_clusters.create(context, values | {"schedulerConfiguration": limits})["id"])


def start(context: Context, cluster: str, token: str | None = None) -> str:
    values = {"virtualClusterId": cluster, "clientToken": token or uuid.uuid4().hex, **job("hello.sh")}
    return str(job_runs.start(context, values)["id"])


def claimed(context: Context, *, most: int = 100) -> list[str]:
    """Returns the runs that the dispatcher would start now; they are SUBMITTED afterwards."""
    with context.database.write() as session:
        rows = next_runs(session, select(JobRun).where(JobRun.state == "PENDING"), most=most)
        for row in rows:
            row.state = "SUBMITTED"
        return [row.id for row in rows]


def put(context: Context, run: str, **columns: Any) -> None:
    with context.database.write() as session:
        session.execute(update(JobRun).where(JobRun.id == run).values(**columns))


def shown(context: Context, cluster: str, run: str) -> dict[str, Any]:
    answer: dict[str, Any] = job_runs.describe(context, {"virtualClusterId": cluster, "id": run})["jobRun"]
    return answer


def test_without_limits_the_oldest_start_first_as_many_as_there_is_room_for(context: Context) -> None:
    first, second = new_cluster(context), new_cluster(context)
    runs = [start(context, cluster) for cluster in (first, second, first)]
    assert claimed(context, most=2) == runs[:2]
    assert claimed(context) == runs[2:]
    assert claimed(context) == []


def test_a_virtual_cluster_starts_no_more_than_its_limit_and_holds_up_no_other(context: Context) -> None:
    limited, other = new_cluster(context, maxConcurrentJobRuns=2), new_cluster(context)
    runs = [start(context, limited) for _ in range(4)]
    last = start(context, other)
    assert claimed(context, most=3) == [runs[0], runs[1], last]
    assert claimed(context) == []
    for state, free in (("RUNNING", False), ("CANCEL_PENDING", False), ("COMPLETED", True)):
        put(context, runs[0], state=state)
        assert claimed(context) == ([runs[2]] if free else [])


def test_the_oldest_of_all_virtual_clusters_start_first(context: Context) -> None:
    limited, other = new_cluster(context, maxConcurrentJobRuns=5), new_cluster(context)
    runs = [start(context, cluster) for cluster in (limited, other, limited, other)]
    assert claimed(context, most=3) == runs[:3]


def test_a_run_that_waits_for_a_place_says_so(context: Context) -> None:
    cluster = new_cluster(context, maxConcurrentJobRuns=1)
    first, second = start(context, cluster), start(context, cluster)
    assert shown(context, cluster, second)["stateDetails"] is None  # nothing has been started yet
    claimed(context)
    waits = (
        f"Waits for a place: 1 job runs of the virtual cluster {cluster!r} have been started, and its "
        "maxConcurrentJobRuns is 1."
    )
    assert shown(context, cluster, second)["stateDetails"] == waits
    listed = job_runs.list_all(context, {"virtualClusterId": cluster})["jobRuns"]
    assert {run["id"]: run["stateDetails"] for run in listed} == {first: None, second: waits}
    put(context, second, state_details="Attempt 1 of 2 failed: x")
    assert shown(context, cluster, second)["stateDetails"] == "Attempt 1 of 2 failed: x"
    put(context, first, state="FAILED")
    put(context, second, state_details=None)
    assert shown(context, cluster, second)["stateDetails"] is None


def test_a_full_queue_takes_no_other_run_but_answers_a_token_that_it_knows(context: Context) -> None:
    cluster = new_cluster(context, maxInQueueJobRuns=100)
    runs = [start(context, cluster, f"token-{number}") for number in range(100)]
    with pytest.raises(ValidationException, match=r"queue of the virtual cluster .* is full: 100 job runs wait"):
        start(context, cluster)
    assert start(context, cluster, "token-7") == runs[7]
    assert start(context, new_cluster(context)) not in runs
    claimed(context, most=1)  # SUBMITTED still waits
    with pytest.raises(ValidationException, match="is full"):
        start(context, cluster)
    put(context, runs[0], state="RUNNING")
    start(context, cluster)


def test_limits_are_shown_with_what_they_limit_and_are_replaced_as_a_whole(context: Context) -> None:
    cluster = new_cluster(context, maxConcurrentJobRuns=1, maxInQueueJobRuns=200)
    runs = [start(context, cluster) for _ in range(3)]
    put(context, runs[0], state="RUNNING")
    before = virtual_clusters.describe(context, {"id": cluster})["virtualCluster"]
    assert before["schedulerConfiguration"] == {"maxConcurrentJobRuns": 1, "maxInQueueJobRuns": 200}
    assert before["schedulerStatus"] == {"currentInQueueJobRuns": 2, "currentConcurrentJobRuns": 1}
    woken: list[bool] = []
    context = replace(context, wake=lambda: woken.append(True))
    change = {"id": cluster, "clientToken": "a", "schedulerConfiguration": {"maxConcurrentJobRuns": 3}}
    after = virtual_clusters.update(context, change)["virtualCluster"]
    assert after["schedulerConfiguration"] == {"maxConcurrentJobRuns": 3, "maxInQueueJobRuns": None}
    assert woken
    assert claimed(context) == runs[1:]
    # The token of an update before: ignored, whatever it asks for (the model, UpdateVirtualCluster.clientToken).
    virtual_clusters.update(context, change | {"clientToken": "b", "schedulerConfiguration": {}})
    again = virtual_clusters.update(context, change)["virtualCluster"]
    assert again["schedulerConfiguration"] is None
    assert virtual_clusters.list_all(context, {})["virtualClusters"] == [again]


def test_a_deleted_virtual_cluster_has_no_limits_to_change(context: Context) -> None:
    cluster = new_cluster(context)
    virtual_clusters.delete(context, {"id": cluster})
    with pytest.raises(ValidationException, match="is TERMINATED, not RUNNING"):
        virtual_clusters.update(context, {"id": cluster, "clientToken": "a"})


def test_places_are_what_a_limit_leaves() -> None:
    assert free_places({"a": 3, "b": 1, "c": 1, "d": 1}, {"a": 1, "b": 1, "c": 5}) == {"a": 2, "d": 1}
