"""Keys of commits, and what is kept of them."""

from datetime import UTC, datetime, timedelta

import pytest
from longshore_spark.outcome.commits import (
    KEPT_FOR,
    PROPERTY,
    Commit,
    CommitKey,
    cannot_repeat,
    commit_key,
    commit_now,
    key_of_target,
    outdated,
    parse_commit,
)

INSTANCE = "0123456789abcdef" * 2
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_key_is_a_task_instance_and_the_time_that_it_last_succeeded() -> None:
    assert commit_key(f"{INSTANCE}:-", "job1") == CommitKey(INSTANCE, "-")
    assert commit_key(f"{INSTANCE}:00job7", "job1") == CommitKey(INSTANCE, "00job7")
    assert str(CommitKey(INSTANCE, "00job7")) == f"{INSTANCE}:00job7"


def test_without_a_key_all_drivers_of_a_job_run_commit_once() -> None:
    assert commit_key(None, "job1") == commit_key(None, "job1") != commit_key(None, "job2")
    assert commit_key(None, None) is None


def test_each_of_many_tables_has_a_key_of_the_same_generation() -> None:
    one, other = (str(key_of_target(f"{INSTANCE}:00job7", "job1", target)) for target in ("lake.raw.a", "lake.raw.b"))
    assert {key.partition(":")[2] for key in (one, other)} == {"00job7"}
    assert len({INSTANCE, one.partition(":")[0], other.partition(":")[0]}) == 3
    assert commit_key(one, "job1") == CommitKey(one.partition(":")[0], "00job7")
    assert key_of_target(None, "job1", "lake.raw.a") != key_of_target(None, "job2", "lake.raw.a")
    assert key_of_target(None, None, "lake.raw.a") is None


def test_a_commit_is_read_as_it_was_kept() -> None:
    commit = commit_now(CommitKey(INSTANCE, "00job7"), "job8")
    assert (commit.generation, commit.job_run) == ("00job7", "job8")
    assert datetime.fromisoformat(commit.at).utcoffset() == timedelta(0)
    assert parse_commit(commit.as_text()) == commit


@pytest.mark.parametrize("text", [None, "", "x", "[]", "{}", '{"generation": "-", "who": "me"}'])
def test_what_is_no_commit_is_none(text: str | None) -> None:
    assert parse_commit(text) is None


def test_commits_are_forgotten_when_they_are_old_and_other_properties_never() -> None:
    at = {"old": NOW - KEPT_FOR - timedelta(seconds=1), "young": NOW - KEPT_FOR + timedelta(seconds=1)}
    kept = {PROPERTY + name: Commit("-", "job1", when.isoformat()).as_text() for name, when in at.items()}
    properties = kept | {PROPERTY + "broken": "x", "owner": "me", "longshore.other": "x"}
    assert sorted(outdated(properties, NOW)) == [PROPERTY + "broken", PROPERTY + "old"]


def test_an_append_that_cannot_be_done_again_says_whose_rows_to_delete() -> None:
    sentence = cannot_repeat("lake.x.t", Commit("-", "job1", "2026-01-01T00:00:00+00:00"), "have expired", "do this")
    assert "'lake.x.t' before (job run job1, 2026-01-01T00:00:00+00:00)" in sentence
    assert "they have expired. Delete them, then do this, and clear the task again; or use the mode 'merge'" in sentence
