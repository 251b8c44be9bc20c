"""A row shows what the environment's object says."""

from typing import Any

from longshore_page.identity import Caller
from longshore_page.rows import Row, row

ADA = Caller(name="ada", admin=False, maker=True)


def shown(status: dict[str, Any] | None = None, *, deleted: bool = False, **spec: Any) -> Row:
    metadata = {"name": "x", **({"deletionTimestamp": "2026-11-25T12:00:00Z"} if deleted else {})}
    git = {"url": "git://a/b", "branch": "main"}
    body = {"metadata": metadata, "spec": {"owner": "ada", "git": git, "ttl": "8h", **spec}}
    return row(body | ({"status": status} if status is not None else {}), ADA)


def condition(kind: str, status: str, message: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": f"{kind}Reason", "message": message}


def test_one_that_was_just_made_is_pending() -> None:
    found = shown()
    assert (found["phase"], found["commit"], found["url"], found["expires_at"]) == ("Pending", "", "", None)


def test_the_gravest_condition_says_why() -> None:
    conditions = [condition("Ready", "False", "waits"), condition("Degraded", "True", "no room")]
    assert shown({"phase": "Degraded", "conditions": conditions})["reason"] == "no room"
    assert shown({"phase": "Progressing", "conditions": conditions[:1]})["reason"] == "waits"


def test_one_that_is_as_it_should_be_gives_no_reason() -> None:
    conditions = [condition("Ready", "True", "fine"), condition("Degraded", "False"), condition("Synced", "True")]
    assert shown({"phase": "Ready", "conditions": conditions})["reason"] == ""
    assert shown({"phase": "Asleep", "conditions": [condition("Ready", "False", "asleep")]})["reason"] == ""


def test_import_errors_are_shown_with_their_files() -> None:
    errors = [{"file": "a.py", "message": "<b>no</b>"}]
    assert shown({"importErrors": errors})["import_errors"] == errors


def test_one_that_is_being_deleted_says_so_whatever_its_status() -> None:
    assert shown({"phase": "Ready"}, deleted=True)["phase"] == "Deleting"


def test_one_that_shall_sleep_can_be_woken() -> None:
    assert shown({"phase": "Ready"}, asleep=True)["asleep"]
    assert shown({"phase": "Asleep"})["asleep"]
    assert not shown({"phase": "Ready"})["asleep"]
