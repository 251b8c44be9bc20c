"""The page's REST API over a real job server: pages, filters, and rights."""

from typing import Any

import pytest
from images.airflow_page.job_runs.conftest import CLUSTER, STORED, Store
from images.airflow_page.job_runs.people import Someone, person
from longshore_page.job_runs.search import MOST, PAGE
from support.job_runs import job, wait

ADMIN = Someone(name="admin", admin=True)


@pytest.fixture
def sleeping(store: Store) -> Any:
    """A run of the DAG `sleepy` that goes on."""
    run = store.emr.start_job_run(virtualClusterId=CLUSTER, **job("sleep.sh", name="sleepy.x-1"))["id"]
    yield run
    store.emr.cancel_job_run(virtualClusterId=CLUSTER, id=run) if not ended(store, run) else None
    wait(store.emr, CLUSTER, run)


def ended(store: Store, run: str) -> bool:
    state = store.emr.describe_job_run(virtualClusterId=CLUSTER, id=run)["jobRun"]["state"]
    return state in ("COMPLETED", "FAILED", "CANCELLED", "CANCEL_PENDING")


def rows(api: Any, user: Someone, query: str = "") -> dict[str, Any]:
    answer = person(api, user).get(f"/api/job-runs?cluster={CLUSTER}{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_admin_pages_through_ten_thousand_runs(api: Any) -> None:
    first = rows(api, ADMIN, "&state=COMPLETED")
    assert (len(first["rows"]), first["looked_at"]) == (PAGE, PAGE)
    second = rows(api, ADMIN, f"&state=COMPLETED&token={first['next']}")
    times = [each["created_at"] for each in (*first["rows"], *second["rows"])]
    assert times == sorted(times, reverse=True)
    assert len({each["id"] for each in (*first["rows"], *second["rows"])}) == 2 * PAGE


def test_a_text_is_looked_for_in_all_of_them_a_part_at_a_time(api: Any) -> None:
    query = "&text=RARE.load&state=FAILED&state=COMPLETED"
    found = rows(api, ADMIN, query)
    assert ([each["owner"] for each in found["rows"]], found["looked_at"]) == (["ana", "ana"], MOST)
    more = rows(api, ADMIN, f"{query}&token={found['next']}")
    assert more["rows"][0]["id"] == f"{STORED - 2001:019d}"


def test_a_user_sees_the_runs_of_the_dags_that_they_may_see(api: Any) -> None:
    found = rows(api, Someone(sees=("rare",)), "&state=FAILED&state=COMPLETED")
    assert {each["name"].split(".")[0] for each in found["rows"]} == {"rare"}
    assert {each["may_cancel"] for each in found["rows"]} == {False}
    assert rows(api, Someone(), "&state=FAILED")["rows"] == []


def test_who_may_change_the_task_cancels_its_run_and_nobody_else(api: Any, store: Store, sleeping: str) -> None:
    path = f"/api/job-runs/{CLUSTER}/{sleeping}/cancel"
    refused = person(api, Someone(sees=("sleepy",))).post(path)
    assert refused.status_code == 403
    assert "who may not cancel job runs of the DAG 'sleepy'" in refused.json()["detail"]
    assert not ended(store, sleeping)
    accepted = person(api, Someone(changes=("sleepy",))).post(path)
    assert accepted.status_code == 200
    assert (accepted.json()["state"], accepted.json()["may_cancel"]) in (
        ("CANCEL_PENDING", False),
        ("CANCELLED", False),
    )


def test_a_run_of_no_task_is_an_admins(api: Any, store: Store) -> None:
    run = store.emr.start_job_run(virtualClusterId=CLUSTER, **job("hello.sh", name="of-another-client"))["id"]
    wait(store.emr, CLUSTER, run)
    refused = person(api, Someone(changes=("often",))).get(f"/api/job-runs/{CLUSTER}/{run}/log")
    assert refused.status_code == 403
    assert "is of no task of this Airflow" in refused.json()["detail"]
    assert person(api, ADMIN).get(f"/api/job-runs/{CLUSTER}/{run}/log").json()["url"].startswith(store.endpoint_url)


def test_a_change_by_another_sites_page_and_one_without_a_user_are_refused(api: Any, sleeping: str) -> None:
    path = f"/api/job-runs/{CLUSTER}/{sleeping}/cancel"
    assert person(api, ADMIN).ask("POST", path, {}, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert person(api, ADMIN).ask("POST", path, None, content="{}").status_code == 422
    assert person(api, None).post(path).status_code == 401
    assert person(api, None).get(f"/api/job-runs?cluster={CLUSTER}").status_code == 401


@pytest.mark.parametrize("query", ["cluster=../x", "cluster=vc&state=WRONG", f"cluster=vc&text={'x' * 201}"])
def test_what_the_page_would_not_ask_is_refused(api: Any, query: str) -> None:
    assert person(api, ADMIN).get(f"/api/job-runs?{query}").status_code == 422


def test_the_form_has_the_clusters_and_the_queue_its_numbers(api: Any) -> None:
    form = person(api, ADMIN).get("/api/form").json()
    assert (form["user"], form["own"], [CLUSTER, "production"] in form["clusters"]) == ("admin", CLUSTER, True)
    numbers = person(api, ADMIN).get(f"/api/queue?cluster={CLUSTER}").json()
    assert set(numbers) == {"PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"}


def test_its_files_are_its_own_and_the_shared_ones(api: Any) -> None:
    admin = person(api, ADMIN)
    assert "<title>Job runs</title>" in admin.get("/").text
    for name in ("job-runs.js", "job-runs.css", "page.css", "parts.js", "frame.js", "icon.svg"):
        answer = admin.get(f"/{name}")
        assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff"), name
