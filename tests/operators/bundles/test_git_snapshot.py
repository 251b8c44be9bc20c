"""The bundle as the DAG processor and a task's worker use it, over real git repositories."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from longshore.bundles.exceptions import BundleSettingsError, GitError, SnapshotError
from operators.bundles.upstream import DAG, Upstream

SQL = "SELECT 1"


def version(bundle: Any) -> str | None:
    found = bundle.get_current_version()
    return None if found is None else str(found.version)


def files(bundle: Any) -> dict[str, str]:
    return {str(path.relative_to(bundle.path)): path.read_text() for path in bundle.path.rglob("*") if path.is_file()}


def started(bundle: Any) -> Any:
    """Does what the DAG processor does with a bundle when it starts."""
    bundle.initialize()
    bundle.refresh()
    return bundle


def test_the_branch_is_followed_a_commit_at_a_time(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    first = upstream.push({"dags/flights.py": DAG, "dags/sql/mart.sql": SQL, "README.md": "no DAG"})
    bundle = started(make_bundle())
    assert version(bundle) == first
    assert files(bundle) == {"flights.py": DAG, "sql/mart.sql": SQL}
    before = bundle.path

    second = upstream.push({"dags/flights.py": f"{DAG}# new\n", "dags/sql/mart.sql": None})
    assert version(bundle) == first
    bundle.refresh()
    assert version(bundle) == second
    assert files(bundle) == {"flights.py": f"{DAG}# new\n"}
    # A file that is being parsed at the commit before finds everything beside it as it was.
    assert (before / "sql/mart.sql").read_text() == SQL


def test_nothing_is_fetched_again_while_the_branch_rests(
    make_bundle: Callable[..., Any], upstream: Upstream, tmp_path: Path
) -> None:
    upstream.push({"dags/flights.py": DAG})
    bundle = started(make_bundle())
    archives = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "snapshots/main/dags").iterdir()}
    bundle.refresh()
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "snapshots/main/dags").iterdir()} == archives


def test_a_worker_needs_neither_git_nor_the_repository(
    make_bundle: Callable[..., Any], upstream: Upstream, storage: Callable[[str], None], without_git: Callable[[], None]
) -> None:
    first = upstream.push({"dags/flights.py": DAG, "dags/sql/mart.sql": SQL})
    processor = started(make_bundle())
    upstream.push({"dags/flights.py": None})
    processor.refresh()
    shutil.rmtree(upstream.bare)
    without_git()

    storage("worker")
    bundle = make_bundle(version=first)
    bundle.initialize()
    assert files(bundle) == {"flights.py": DAG, "sql/mart.sql": SQL}
    assert version(bundle) == first
    assert processor.path not in bundle.path.parents


def test_a_worker_that_is_told_no_version_runs_the_newest(
    make_bundle: Callable[..., Any], upstream: Upstream, storage: Callable[[str], None]
) -> None:
    upstream.push({"dags/flights.py": "old"})
    processor = started(make_bundle())
    newest = upstream.push({"dags/flights.py": DAG})
    processor.refresh()
    storage("worker")
    bundle = make_bundle()
    bundle.initialize()
    assert (version(bundle), files(bundle)) == (newest, {"flights.py": DAG})


def test_tasks_of_one_worker_unpack_a_commit_together(
    make_bundle: Callable[..., Any], upstream: Upstream, storage: Callable[[str], None]
) -> None:
    commit = upstream.push({f"dags/{number}.py": DAG for number in range(50)})
    started(make_bundle())
    storage("worker")
    bundles = [make_bundle(version=commit) for _ in range(8)]
    threads = [threading.Thread(target=bundle.initialize) for bundle in bundles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(files(bundle)) == 50 for bundle in bundles)
    assert [path.name for path in bundles[0].versions_dir.iterdir()] == [commit]


def test_a_rewritten_branch_is_followed(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    first = upstream.push({"dags/flights.py": "first"})
    upstream.push({"dags/flights.py": "second"})
    bundle = started(make_bundle())
    upstream.git("reset", "--quiet", "--hard", first)
    rewritten = upstream.push({"dags/flights.py": "rewritten"}, force=True)
    bundle.refresh()
    assert (version(bundle), files(bundle)) == (rewritten, {"flights.py": "rewritten"})

    # Back to a commit that was there before: its snapshot is used again.
    upstream.git("reset", "--quiet", "--hard", first)
    upstream.git("push", "--quiet", "--force", str(upstream.bare), f"{first}:refs/heads/main")
    bundle.refresh()
    assert (version(bundle), files(bundle)) == (first, {"flights.py": "first"})


@pytest.mark.parametrize("fault", ["branch deleted", "repository away", "folder gone", "link out of the folder"])
def test_the_last_good_commit_stays_and_the_log_says_why(
    make_bundle: Callable[..., Any], upstream: Upstream, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = upstream.push({"dags/flights.py": DAG})
    bundle = started(make_bundle())
    if fault == "branch deleted":
        upstream.git("--git-dir", str(upstream.bare), "update-ref", "-d", "refs/heads/main")
        reason = "no branch 'main'"
    elif fault == "repository away":
        upstream.bare.rename(upstream.bare.with_suffix(".away"))
        reason = "does not appear to be a git repository"
    elif fault == "folder gone":
        upstream.push({"dags/flights.py": None, "other/flights.py": DAG})
        reason = "folder 'dags'"
    else:
        (upstream.checkout / "dags" / "secrets").symlink_to("/etc")
        upstream.push({})
        reason = "link 'secrets' to '/etc'"
    bundle.refresh()
    assert (version(bundle), files(bundle)) == (good, {"flights.py": DAG})
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert f"stays at commit {good}" in record.message
    assert reason in record.message

    # A DAG processor that starts meanwhile has the last good commit too, and goes on as soon as the fault is gone.
    restarted = started(make_bundle())
    assert version(restarted) == good
    if fault == "repository away":
        upstream.bare.with_suffix(".away").rename(upstream.bare)
    if fault != "link out of the folder":
        fixed = upstream.push({"dags/flights.py": "fixed"})
        restarted.refresh()
        assert (version(restarted), files(restarted)) == (fixed, {"flights.py": "fixed"})


def test_without_any_commit_the_error_is_raised(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    bundle = make_bundle()
    bundle.initialize()
    with pytest.raises(GitError, match="has no branch 'main'"):
        bundle.refresh()
    assert bundle.get_current_version() is None
    commit = upstream.push({"dags/flights.py": DAG})
    bundle.refresh()
    assert version(bundle) == commit


def test_a_commit_is_kept_to(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    kept = upstream.push({"dags/flights.py": "kept"})
    upstream.push({"dags/flights.py": "newer"})
    bundle = started(make_bundle(branch=None, commit=kept))
    assert (version(bundle), files(bundle)) == (kept, {"flights.py": "kept"})
    shutil.rmtree(upstream.bare)
    bundle.refresh()
    assert version(bundle) == kept


def test_a_fetch_that_was_killed_stops_nothing(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    upstream.push({"dags/flights.py": DAG})
    bundle = started(make_bundle())
    (bundle.base_dir / "repository.git" / "shallow.lock").touch()
    commit = upstream.push({"dags/flights.py": "new"})
    bundle.refresh()
    assert (version(bundle), files(bundle)) == (commit, {"flights.py": "new"})


def test_an_archive_that_cannot_be_written_announces_nothing(
    make_bundle: Callable[..., Any], upstream: Upstream, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = upstream.push({"dags/flights.py": DAG})
    bundle = started(make_bundle())
    snapshots = tmp_path / "snapshots/main/dags"
    shutil.rmtree(snapshots)
    snapshots.write_text("a file where the folder was")
    upstream.push({"dags/flights.py": "new"})
    bundle.refresh()
    assert version(bundle) == good
    assert "Cannot write the snapshot" in caplog.text


def test_an_old_commit_whose_snapshot_is_gone_is_an_error_of_the_task(
    make_bundle: Callable[..., Any], upstream: Upstream, storage: Callable[[str], None], tmp_path: Path
) -> None:
    commit = upstream.push({"dags/flights.py": DAG})
    started(make_bundle())
    (tmp_path / f"snapshots/main/dags/{commit}.tar.gz").unlink()
    storage("worker")
    with pytest.raises(SnapshotError, match=f"no snapshot of {commit}"):
        make_bundle(version=commit).initialize()


def test_another_folder_of_the_same_commit_is_another_snapshot(
    make_bundle: Callable[..., Any], upstream: Upstream, storage: Callable[[str], None]
) -> None:
    commit = upstream.push({"dags/flights.py": DAG, "team/dags/own.py": DAG})
    started(make_bundle())
    storage("dag-processor-after-the-change")
    bundle = started(make_bundle(subdir="/team/dags/"))
    assert (version(bundle), list(files(bundle))) == (commit, ["own.py"])
    storage("dag-processor-of-everything")
    assert set(files(started(make_bundle(subdir=None)))) == {"dags/flights.py", "team/dags/own.py"}


def test_airflow_removes_folders_of_old_commits_and_not_the_one_in_use(
    make_bundle: Callable[..., Any],
    upstream: Upstream,
    configure: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airflow.dag_processing.bundles.base import BundleUsageTrackingManager

    upstream.push({"dags/flights.py": "1"})
    bundle = started(make_bundle())
    for number in range(2, 5):
        upstream.push({"dags/flights.py": str(number)})
        bundle.refresh()
    assert len(list(bundle.versions_dir.iterdir())) == 4
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_MIN_VERSIONS", "0")
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__STALE_BUNDLE_CLEANUP_AGE_THRESHOLD", "0")
    configure()
    BundleUsageTrackingManager().remove_stale_bundle_versions()
    assert list(bundle.versions_dir.iterdir()) == [bundle.path]


def test_files_are_as_new_as_their_unpacking(make_bundle: Callable[..., Any], upstream: Upstream) -> None:
    began = time.time()
    upstream.push({"dags/flights.py": DAG})
    old = began - 86400
    os.environ["GIT_COMMITTER_DATE"] = f"@{old:.0f} +0000"
    try:
        upstream.push({"dags/other.py": DAG})
    finally:
        del os.environ["GIT_COMMITTER_DATE"]
    bundle = started(make_bundle())
    assert all(path.stat().st_mtime >= began - 1 for path in bundle.path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"url": "ssh://git@host/dags"}, "only https://"),
        ({"url": "ext::sh -c true"}, "only https://"),
        ({"url": "--upload-pack=true"}, "only https://"),
        ({"url": "https://user:canary-password@host/dags"}, "password in its url"),
        ({"commit": "0" * 40}, "either a 'branch' or a 'commit'"),
        ({"branch": None}, "either a 'branch' or a 'commit'"),
        ({"branch": None, "commit": "main"}, "full name"),
        ({"subdir": "../other"}, "leads out"),
        ({"snapshots": "/srv/snapshots"}, "file:///"),
        ({"version": "../../etc"}, "commits as versions"),
    ],
)
def test_arguments_that_cannot_be_right_are_refused(
    make_bundle: Callable[..., Any], arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BundleSettingsError, match=reason) as raised:
        make_bundle(**arguments)
    assert "canary-password" not in str(raised.value)


def test_a_version_is_not_refreshed(make_bundle: Callable[..., Any]) -> None:
    with pytest.raises(BundleSettingsError, match="never changes"):
        make_bundle(version="0" * 40).refresh()


def test_the_page_of_a_commit_is_known(make_bundle: Callable[..., Any]) -> None:
    page = make_bundle(url="https://github.com/example/dags.git").view_url_template()
    assert page == "https://github.com/example/dags/tree/{version}/dags"
    own = make_bundle(view_url_template="https://git.example/{version}").view_url_template()
    assert own == "https://git.example/{version}"


def test_airflow_makes_the_bundle_from_its_configuration(
    make_bundle: Callable[..., Any], configure: Callable[[], None], upstream: Upstream, storage: Callable[[str], None]
) -> None:
    from airflow.dag_processing.bundles.manager import DagBundlesManager

    commit = upstream.push({"dags/flights.py": DAG})
    configure()
    (followed,) = DagBundlesManager().get_all_dag_bundles()
    assert version(started(followed)) == commit
    storage("worker")
    pinned = DagBundlesManager().get_bundle("main", version=commit)
    pinned.initialize()
    assert (pinned.path / "flights.py").read_text() == DAG
