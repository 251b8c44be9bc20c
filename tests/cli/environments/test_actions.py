"""Actions on an existing environment."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.dags.repositories import DAG, commit, git

from .conftest import OWN, Cluster, Longshore, pushed
from .objects import NEW, OLD, body, status


def test_the_newest_commit_is_waited_for(longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path) -> None:
    git_ = {"url": OWN, "branch": "my-change"}
    sha = pushed(checkout, bare)
    cluster.has(body(git=git_))
    cluster.shows(status("Ready", commit=OLD), status("Ready", commit=OLD), status("Ready", commit=sha))
    done = longshore("sync", "mine")
    assert done.returncode == 0, done.stderr
    assert f"mine: {sha[:7]} parsed after " in done.stdout
    newer = commit(checkout, "newer", {"dags/mine.py": DAG.format(name="newer")})
    cluster.shows(status("Ready", commit=newer))
    assert longshore("sync", "mine", "--push").returncode == 0
    assert git(bare, "rev-parse", "my-change") == newer


def test_commits_of_others_are_replaced_only_with_force(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    sha = pushed(checkout, bare)
    cluster.has(body(git={"url": OWN, "branch": "my-change"}))
    git(checkout, "reset", "--quiet", "--hard", "HEAD~1")
    mine = commit(checkout, "another", {"dags/mine.py": DAG.format(name="another")})
    cluster.shows(status("Ready", commit=mine))
    done = longshore("sync", "mine", "--push")
    assert done.returncode == 2
    assert f"is at {sha[:7]}, which this checkout's branch does not have. Merge it, or pass --force" in done.stderr
    assert git(bare, "rev-parse", "my-change") == sha
    assert longshore("sync", "mine", "--force").returncode == 2
    assert longshore("sync", "mine", "--push", "--force").returncode == 0
    assert git(bare, "rev-parse", "my-change") == mine
    assert longshore("sync", "mine", "--push").returncode == 0  # with nothing to push


def test_the_shared_airflows_branch_is_not_pushed_to(
    longshore: Longshore, cluster: Cluster, checkout: Path, bare: Path
) -> None:
    git(checkout, "push", "--quiet", str(bare), "main")
    deployed = git(bare, "rev-parse", "main")
    commit(checkout, "not deployed", {"dags/mine.py": DAG.format(name="mine")})
    cluster.has(body(git={"url": OWN, "branch": "main"}))
    for options in ((), ("--force",)):
        done = longshore("sync", "mine", "--push", *options)
        assert (done.returncode, "Use `longshore dags deploy` to push there" in done.stderr) == (2, True)
    assert git(bare, "rev-parse", "main") == deployed


def test_it_sleeps_and_wakes(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    assert "goes to sleep" in longshore("sleep", "mine").stdout
    assert (found := cluster.object()) is not None
    assert found["spec"]["asleep"] is True
    cluster.shows(status("Asleep"), status("Progressing"), status("Ready", commit=NEW))
    done = longshore("wake", "mine")
    assert done.stdout.splitlines()[-1].startswith("mine is awake after "), done.stderr
    assert (found := cluster.object()) is not None
    assert found["spec"]["asleep"] is False
    assert "longshore.dev/activity" in found["metadata"]["annotations"]


def test_its_end_is_postponed(longshore: Longshore, cluster: Cluster) -> None:
    end = datetime.now(UTC) + timedelta(minutes=30)
    cluster.has(body(status("Ready", expiresAt=end.isoformat()), ttl="1h"))
    done = longshore("extend", "mine", "--by", "48h")
    assert done.returncode == 0, done.stderr
    assert f"mine ends at {(end + timedelta(hours=48)).astimezone():%Y-%m-%d %H:}" in done.stdout
    assert (found := cluster.object()) is not None
    assert found["spec"]["ttl"] == "48h30m"
    cluster.has(body(status("Ready")))
    refused = longshore("extend", "mine", "--by", "tomorrow")
    assert (refused.returncode, "'tomorrow' is not a duration" in refused.stderr) == (2, True)


def test_tables_stay_on_request(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    assert longshore("delete", "mine", "--yes", "--keep-schema").returncode == 0
    verbs = [call for call in cluster.calls if "patch" in call or "delete" in call]
    assert json.loads(verbs[0][-1]) == {"spec": {"keepSchema": True}}
    assert "delete" in verbs[1]


def test_connections_made_in_it_are_kept_unless_forget_is_given(longshore: Longshore, cluster: Cluster) -> None:
    cluster.has(body(status("Ready")))
    done = longshore("delete", "mine", "--yes")
    assert "variables and pools made in it are kept for its owner's next mine" in " ".join(done.stdout.split())
    cluster.has(body(status("Ready")))
    done = longshore("delete", "mine", "--yes", "--forget", "--keep-schema")
    assert (done.returncode, "kept" in done.stdout) == (0, False), done.stderr
    (patch,) = [json.loads(call[-1]) for call in cluster.calls if "patch" in call]
    assert patch["metadata"]["annotations"] == {"longshore.dev/forget": "true"}
    assert patch["spec"] == {"keepSchema": True}
