"""The user of root's jobs: what an existing checkout gives it, and what jobs need of a checkout anywhere."""

import os
import subprocess
from pathlib import Path

import pytest
from longshore_cli.embedded import job_user
from longshore_cli.embedded.job_user import JOB_USER, hand_over, report_folders, spark_folders, unseparated
from longshore_cli.embedded.layout import Layout

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run jobs as another user")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for image in ("spark", "delay-report"):
        (tmp_path / "checkout/images" / image / ".venv").mkdir(parents=True)
        (tmp_path / "checkout/images" / image / ".venv/pyvenv.cfg").write_text("home = /root/.pyenv/3.11/bin\nuv = 1\n")
    cache = tmp_path / "cache/jars/abc"
    cache.mkdir(parents=True)
    (cache / "a.jar").touch()
    (tmp_path / "checkout/images/spark/.jars").mkdir()
    (tmp_path / "checkout/images/spark/.jars/a.jar").symlink_to(cache / "a.jar")
    (tmp_path / "checkout/job-templates").mkdir()
    layout = Layout(tmp_path / "checkout")
    layout.prepare()
    return layout


@as_root
def test_an_older_checkouts_lake_is_given_to_the_jobs_user_once_and_nothing_of_it_is_lost(layout: Layout) -> None:
    outside = layout.root / "outside"
    outside.touch()
    data = layout.lake / "raw" / "flights" / "data.parquet"
    data.parent.mkdir(parents=True)
    data.write_text("rows")
    (layout.lake / "raw" / "link").symlink_to(outside)
    hand_over(layout)
    for path in (layout.lake, layout.reports, data.parent, data):
        assert path.stat().st_uid == JOB_USER
    assert data.read_text() == "rows"
    assert outside.stat().st_uid == 0, "a link is not followed"
    assert layout.secrets.stat().st_uid == 0
    assert layout.event_logs.stat().st_mode & 0o777 == 0o700
    # What root adds later stays as it is: the folders around it are the user's.
    (data.parent / "new").touch()
    hand_over(layout)
    assert (data.parent / "new").stat().st_uid == 0


def test_jobs_need_their_programs_and_data_and_no_secret_but_a_copy_of_the_connections(layout: Layout) -> None:
    images, state = layout.root / "images", layout.state
    assert spark_folders(layout) == {
        str(images / "spark"): "read",
        "/root/.pyenv/3.11": "read",
        str(layout.root.parent / "cache/jars"): "read",
        str(state / "secrets/connections"): "copy",
        str(state / "artifacts"): "read",
        str(state / "lake"): "write",
    }
    assert report_folders(layout) == {
        str(images / "delay-report"): "read",
        "/root/.pyenv/3.11": "read",
        str(state / "secrets/connections"): "copy",
        str(state / "reports"): "write",
    }


@as_root
def test_a_machine_without_namespaces_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_user, "_TRIAL", ("sh", "-c", "echo 'unshare: Operation not permitted' >&2; exit 1"))
    assert unseparated() == "unshare: Operation not permitted"
    monkeypatch.setattr(job_user, "_TRIAL", ("/not/here",))
    assert unseparated() == "unshare: No such file or directory"
    monkeypatch.setattr(job_user, "_TRIAL", ("true",))
    assert unseparated() is None


def test_a_users_own_jobs_are_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unseparated() == ""


@as_root
def test_this_machine_separates_jobs_or_says_why() -> None:
    can = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False)
    assert (unseparated() is None) == (can.returncode == 0)
