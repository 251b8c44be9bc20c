"""An object is read as the API server gives it."""

from datetime import UTC, datetime

from cli.environments.objects import NEW, body, status
from longshore_cli.environments.resource.state import read


def test_an_object_without_a_status_is_pending() -> None:
    found = read(body())
    assert (found.phase, found.ready, found.commit, found.import_errors) == ("Pending", False, None, ())


def test_a_status_is_read() -> None:
    usage = {"cpuHours": 1.5, "memoryGibHours": 3}
    found = read(
        body(status("Ready", commit=NEW, broken=("a.py",), usage=usage, expiresAt="2026-11-28T12:00:00Z"), asleep=True)
    )
    assert (found.ready, found.commit, found.cpu_hours, found.sleep_requested) == (True, NEW, 1.5, True)
    assert found.import_errors[0].file == "a.py"
    assert found.expires_at == datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_status_from_before_the_last_change_is_not_ready() -> None:
    changed = body(status("Ready"))
    changed["metadata"]["generation"] = 2
    assert not read(changed).ready
    changed["status"]["observedGeneration"] = 2  # applied, and not looked at since
    assert not read(changed).ready


def test_an_environment_being_deleted_says_so() -> None:
    leaving = body(status("Ready"))
    leaving["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
    assert read(leaving).phase == "Deleting"


def test_a_commit_is_shown_where_it_follows_no_branch() -> None:
    assert read(body(git={"url": "https://git.example/dags", "commit": NEW})).follows == "commit bbbbbbb"
