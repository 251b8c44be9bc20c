"""The progress of parsing a commit, from Airflow's answers."""

from datetime import datetime
from typing import Any

from longshore_cli.dags.parsing import parsing

NEW, OLD = "a" * 40, "b" * 40
VERSIONS = "/tmp/airflow/dag_bundles/main/versions"  # noqa: S108  Airflow's own place, and only a text here


def dag(dag_id: str, read_from: str, *, stored_as: str = "", file: str = "", at: str = "12:00:00") -> dict[str, Any]:
    file = file or f"{dag_id}.py"
    return {
        "dag_id": dag_id,
        "bundle_name": "main",
        "bundle_version": stored_as or read_from,
        "fileloc": f"{VERSIONS}/{read_from}/{file}",
        "relative_fileloc": file,
        "last_parsed_time": f"2026-01-31T{at}Z",
    }


def failure(file: str, read_from: str | None, *, at: str = "12:00:00") -> dict[str, Any]:
    place = f"{VERSIONS}/{read_from}/{file}" if read_from else "/opt/airflow/operators.py"
    trace = f'Traceback (most recent call last):\n  File "{place}", line 1, in <module>\nKeyError: 1\n'
    return {"filename": file, "bundle_name": "main", "stack_trace": trace, "timestamp": f"2026-01-31T{at}Z"}


def seen(
    dags: list[dict[str, Any]],
    errors: list[dict[str, Any]] | None = None,
    *,
    since: str | None = None,
    failed_before: tuple[str, ...] = ("two.py",),
) -> Any:
    moment = datetime.fromisoformat(f"2026-01-31T{since}Z") if since else None
    return parsing(
        NEW,
        files=("one.py", "two.py"),
        dags=dags,
        import_errors=errors or [],
        failed_before=failed_before,
        since=moment,
    )


def test_nothing_is_known_about_a_commit_that_airflow_has_not_seen() -> None:
    found = seen([dag("one", OLD), dag("two", OLD)], [failure("three.py", OLD), failure("two.py", None)])
    assert not found.begun
    assert (found.dags, found.failures, found.silent) == ((), (), ("one.py", "two.py"))


def test_a_commit_is_parsed_when_each_file_was_read_from_it() -> None:
    half = seen([dag("one", NEW), dag("two", OLD)])
    assert half.begun
    assert (half.dags, half.silent, half.outdated) == (("one",), ("two.py",), ("two",))
    whole = seen([dag("one", NEW), dag("two", NEW), dag("another", NEW, file="two.py")])
    assert (whole.dags, whole.silent, whole.outdated) == (("another", "one", "two"), (), ())


def test_a_dag_that_was_read_before_the_bundle_moved_on_belongs_to_the_commit_before() -> None:
    found = seen([dag("one", NEW), dag("two", OLD, stored_as=NEW)])
    assert (found.silent, found.outdated) == (("two.py",), ("two",))


def test_a_removed_dag_counts_as_outdated_until_it_is_inactive() -> None:
    removed = dag("removed", OLD, file="two.py")
    assert seen([dag("one", NEW), dag("two", NEW), removed]).outdated == ("removed",)


def test_dags_of_another_bundle_do_not_belong_to_the_commit() -> None:
    other = dag("other", OLD) | {"bundle_name": "other"}
    assert seen([dag("one", NEW), dag("two", NEW), other]).outdated == ()


def test_an_import_error_that_shows_the_commit_belongs_to_it() -> None:
    found = seen([dag("one", NEW)], [failure("two.py", NEW)])
    assert [(each.file, "KeyError: 1" in each.trace) for each in found.failures] == [("two.py", True)]
    assert found.silent == ()
    only = seen([], [failure("two.py", NEW)])
    assert only.begun
    assert only.silent == ("one.py",)


def test_an_import_error_of_another_commit_does_not_belong_to_it() -> None:
    found = seen([dag("one", NEW)], [failure("two.py", OLD, at="12:00:30")])
    assert (found.failures, found.silent) == ((), ("two.py",))


def test_a_new_import_error_without_a_commit_belongs_to_it() -> None:
    found = seen([], [failure("two.py", None)], failed_before=())
    assert found.begun
    assert [each.file for each in found.failures] == ["two.py"]


def test_the_time_decides_about_an_older_import_error_without_a_commit() -> None:
    before, after = failure("two.py", None, at="11:59:59"), failure("two.py", None, at="12:00:01")
    assert seen([dag("one", NEW)], [before]).failures == ()
    assert [each.file for each in seen([dag("one", NEW)], [after]).failures] == ["two.py"]
    # The DAG is parsed again and again; what an earlier answer told stays known.
    assert seen([dag("one", NEW, at="12:00:30")], [after]).failures == ()
    assert [each.file for each in seen([dag("one", NEW, at="12:00:30")], [after], since="12:00:00").failures]


def test_an_older_import_error_counts_in_the_end() -> None:
    errors = [failure(name, None, at="11:59:59") for name in ("gone.py", "two.py")]
    found = seen([dag("one", NEW)], errors, failed_before=("gone.py", "two.py"))
    assert (found.failures, found.silent) == ((), ("two.py",))
    settled = found.settled()
    assert ([each.file for each in settled.failures], settled.doubtful, settled.silent) == (["two.py"], (), ())
