"""A job's log by URL."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import Answer, presign, send, signed
from support.job_runs import job, new_cluster, wait


@pytest.fixture(scope="module")
def path(emr: Any) -> str:
    """The page of a job run that is done."""
    cluster = new_cluster(emr)
    run = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh", "ä"))["id"]
    wait(emr, cluster, run)
    return f"/virtualclusters/{cluster}/jobruns/{run}/logs"


def opened(url: str) -> Answer:
    """The answer to a browser, which adds nothing to the URL."""
    parts = urlsplit(url)
    return send(url, "GET", f"{parts.path}?{parts.query}", {})


def test_a_presigned_url_shows_the_log_to_any_browser(server: Server, path: str) -> None:
    answer = opened(presign(server.endpoint, path, expires=604800))
    assert (answer.status, answer.body.decode()) == (200, "=== stdout ===\nhello ä\n=== stderr ===\nto stderr\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert signed(server.endpoint, "GET", path).body == answer.body


def test_without_a_signature_or_with_another_ones_the_log_is_not_shown(server: Server, path: str) -> None:
    assert send(server.endpoint, "GET", path, {}).code == "MissingAuthenticationTokenException"
    for url in (
        presign(server.endpoint, path, secret="wrong"),
        presign(server.endpoint, path).replace("/jobruns/0", "/jobruns/1"),
        presign(server.endpoint, path, expires=60).replace("Expires=60", "Expires=61"),
        presign(server.endpoint, path, expires=604801),
    ):
        assert opened(url).status == 403


def test_an_expired_url_does_not_show_the_log(server: Server, path: str) -> None:
    url = presign(server.endpoint, path, expires=0)
    assert "Signature expired" in opened(url).message


def test_what_there_is_no_log_of_is_said_by_name(server: Server, path: str) -> None:
    other = path.replace("/jobruns/", "/jobruns/0")
    assert "does not exist in virtual cluster" in signed(server.endpoint, "GET", other).message


def test_a_run_that_waits_has_no_log(server: Server, emr: Any, cluster: str, tmp_path: Path) -> None:
    request = job("wait_for.sh", str(tmp_path / "out"), str(tmp_path / "go"))
    runs = [emr.start_job_run(virtualClusterId=cluster, **request)["id"] for _ in range(3)]
    answer = signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/jobruns/{runs[2]}/logs")
    assert (answer.code, answer.message) == (
        "ResourceNotFoundException",
        f"Job run {runs[2]!r} has written no log.",
    )
    (tmp_path / "go").touch()
    for run in runs:
        wait(emr, cluster, run)


def test_a_log_that_grows_is_shown_as_far_as_it_is(server: Server, emr: Any, cluster: str, tmp_path: Path) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("write_on.sh", str(tmp_path / "stop")))["id"]
    wait(emr, cluster, run, "RUNNING")
    sizes = []
    for _ in range(5):
        answer = signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/jobruns/{run}/logs")
        assert answer.status == 200
        sizes.append(len(answer.body))
        time.sleep(0.05)
    (tmp_path / "stop").touch()
    wait(emr, cluster, run)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 0
    assert "longer than Content-Length" not in server.log()
