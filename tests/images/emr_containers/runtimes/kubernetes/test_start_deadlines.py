"""Deadlines after which a driver that does not start is given up."""

import pytest
from emr_containers.runtimes.kubernetes.observed.pending_reasons import PendingReason, Tolerance
from emr_containers.runtimes.kubernetes.start_deadlines import StartDeadlines

FAULT = StartDeadlines(fault_seconds=60)
BOTH = StartDeadlines(fault_seconds=60, start_at=100)


def reason(tolerance: Tolerance = "limited") -> PendingReason:
    return PendingReason(details="", tolerance=tolerance)


def test_without_a_fault_or_a_timeout_nothing_is_ever_overdue() -> None:
    assert FAULT.overdue(running=False, now=1e9) is None
    assert FAULT.remaining(running=False, now=1e9) is None


def test_a_fault_has_its_time_from_when_it_was_first_seen() -> None:
    seen = FAULT.after(reason(), now=10).after(reason(), now=40)
    assert seen.remaining(running=False, now=40) == 30
    assert seen.overdue(running=False, now=69.9) is None
    assert seen.overdue(running=False, now=70) == "fault"


@pytest.mark.parametrize("better", [None, reason("unlimited")])
def test_a_fault_that_is_repaired_starts_anew_when_it_comes_back(better: PendingReason | None) -> None:
    repaired = FAULT.after(reason(), now=10).after(better, now=40)
    assert repaired.remaining(running=False, now=40) is None
    assert repaired.after(reason(), now=50).remaining(running=False, now=50) == 60


def test_a_hopeless_fault_is_overdue_at_once() -> None:
    assert FAULT.after(reason("none"), now=10).overdue(running=False, now=10) == "fault"
    assert FAULT.after(reason(), now=10).after(reason("none"), now=11).overdue(running=False, now=11) == "fault"


def test_a_fault_that_is_hopeless_no_more_has_the_rest_of_its_time() -> None:
    milder = FAULT.after(reason("none"), now=10).after(reason(), now=20)
    assert milder.remaining(running=False, now=20) == 50


def test_a_fault_without_any_time_is_overdue_at_once() -> None:
    assert StartDeadlines(fault_seconds=0).after(reason(), now=10).overdue(running=False, now=10) == "fault"


@pytest.mark.parametrize("waits_for", [None, reason("unlimited")])
def test_the_jobs_own_timeout_counts_whatever_the_driver_waits_for(waits_for: PendingReason | None) -> None:
    waiting = BOTH.after(waits_for, now=50)
    assert waiting.remaining(running=False, now=50) == 50
    assert waiting.overdue(running=False, now=99.9) is None
    assert waiting.overdue(running=False, now=100) == "start"


def test_a_driver_that_runs_has_no_timeout_any_more() -> None:
    assert BOTH.remaining(running=True, now=50) is None
    assert BOTH.overdue(running=True, now=200) is None


def test_the_earlier_of_two_deadlines_is_waited_for() -> None:
    assert BOTH.after(reason(), now=30).remaining(running=False, now=30) == 60
    assert BOTH.after(reason(), now=60).remaining(running=False, now=60) == 40


def test_a_fault_of_a_later_attempt_counts_although_a_driver_has_run() -> None:
    assert BOTH.after(reason(), now=200).remaining(running=True, now=200) == 60
    assert BOTH.after(reason(), now=200).overdue(running=True, now=260) == "fault"


def test_of_two_deadlines_that_are_over_the_fault_is_told() -> None:
    assert BOTH.after(reason(), now=10).overdue(running=False, now=100) == "fault"
