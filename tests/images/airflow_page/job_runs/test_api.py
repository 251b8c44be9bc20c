"""The page's requests to a real job server, with the keys of Airflow's connection."""

import urllib.request
from typing import Any

import pytest
from images.airflow_page.job_runs.conftest import CLUSTER, STORED, Store, connect
from longshore_page.exceptions import NotAllowedError, NotFoundError, UnavailableError
from longshore_page.job_runs.api import ConnectedApi
from support.job_runs import job, wait


def test_the_connection_says_which_cluster_is_its_own_and_the_key_which_there_are(api: Any) -> None:
    assert api.own_cluster() == CLUSTER
    assert (CLUSTER, "production") in api.clusters()


def test_a_page_has_the_newest_runs_and_leads_to_the_next_one(api: Any) -> None:
    runs, token = api.page(CLUSTER, states=["FAILED"], most=5, token=None)
    assert [run["id"] for run in runs] == [f"{STORED - 1 - 1000 * number:019d}" for number in range(5)]
    following, _ = api.page(CLUSTER, states=["FAILED"], most=5, token=token)
    assert following[0]["id"] == f"{STORED - 5001:019d}"


def test_the_queue_is_counted_and_a_run_is_cancelled(api: Any, store: Store) -> None:
    run = store.emr.start_job_run(virtualClusterId=CLUSTER, **job("sleep.sh", name="own.x-1"))["id"]
    wait(store.emr, CLUSTER, run, "RUNNING")
    assert api.queue(CLUSTER)["RUNNING"] == 1
    api.cancel(CLUSTER, run)
    wait(store.emr, CLUSTER, run, "CANCELLED")
    api.cancel(CLUSTER, run)  # it has ended
    assert api.describe(CLUSTER, run)["state"] == "CANCELLED"


def test_a_link_to_a_log_needs_no_key_of_the_reader(api: Any, store: Store) -> None:
    run = store.emr.start_job_run(virtualClusterId=CLUSTER, **job("hello.sh", name="own.y-1"))["id"]
    wait(store.emr, CLUSTER, run)
    with urllib.request.urlopen(api.log_link(CLUSTER, run)) as page:  # noqa: S310  the server's
        assert b"hello" in page.read()


def test_what_does_not_exist_and_who_does_not_answer_is_told(
    api: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFoundError, match="'0000000000000000nothing'"):
        api.describe(CLUSTER, "0000000000000000nothing")
    connect(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match="Check that the server runs"):
        ConnectedApi().describe(CLUSTER, "1")


def test_a_key_that_the_server_refuses_is_told_and_the_cluster_is_still_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, store.endpoint_url, key="OTHER")
    refused = ConnectedApi()
    assert (refused.own_cluster(), refused.clusters(), refused.queue(CLUSTER)) == (CLUSTER, [], None)
    with pytest.raises(NotAllowedError, match="OTHER"):
        refused.page(CLUSTER, states=(), most=1, token=None)


def test_at_aws_there_is_no_queue_to_count_and_a_history_server_is_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "", history_server_url="http://127.0.0.1:18080")
    found = ConnectedApi()
    assert found.queue(CLUSTER) is None
    assert found.history_link("0001") == "http://127.0.0.1:18080/history/spark-0001/jobs/"
