"""The owner is told what is new, once."""

from typing import Any

from environments.status.events import events


def state(phase: str = "Ready", commit: str | None = None, **conditions: tuple[str, str]) -> dict[str, Any]:
    return {
        "phase": phase,
        "commit": commit,
        "conditions": [
            {"type": kind, "status": status, "reason": reason, "message": f"{reason} it is"}
            for kind, (status, reason) in conditions.items()
        ],
    }


def reasons(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.type, each.reason) for each in events(before, now)]


def test_the_first_status_is_news() -> None:
    assert reasons({}, state("Pending")) == [("Normal", "Pending")]


def test_what_stays_is_none() -> None:
    same = state("Ready", "a" * 40, Synced=("False", "ImportErrors"))
    assert reasons(same, same) == []


def test_a_new_commit_is_told() -> None:
    assert reasons(state(commit="a"), state(commit="b")) == [("Normal", "Parsed")]


def test_a_fault_is_a_warning_and_another_reason_another() -> None:
    good, bad = state(Synced=("True", "Parsed")), state(Synced=("False", "RefNotFound"))
    assert reasons(good, bad) == [("Warning", "RefNotFound")]
    assert reasons(bad, state(Synced=("False", "RepositoryDenied"))) == [("Warning", "RepositoryDenied")]
    assert reasons(bad, good) == []


def test_the_end_is_told_twice_before_it_comes() -> None:
    day, hour = state(Expiring=("True", "EndsWithin24Hours")), state(Expiring=("True", "EndsWithinAnHour"))
    assert reasons(state(), day) == [("Warning", "EndsWithin24Hours")]
    assert reasons(day, hour) == [("Warning", "EndsWithinAnHour")]


def test_degradation_is_told_by_its_reason_and_not_twice() -> None:
    assert reasons(state(), state("Degraded", Degraded=("True", "PodsFail"))) == [("Warning", "PodsFail")]
