"""Environments sleep, wake and end when they should."""

from datetime import timedelta

import pytest
from environments.plan.lifecycle import latest_activity, lifecycle
from images.environments.world import NOW, environment

HOUR = timedelta(hours=1)


def test_without_an_end_it_never_ends_and_never_sleeps() -> None:
    found = lifecycle(environment(), last_activity=NOW - 1000 * HOUR, now=NOW)
    assert (found.asleep, found.expires_at, found.expired, found.warning) == (False, None, False, None)


def test_time_is_renewed_by_activity() -> None:
    used = NOW - 10 * HOUR
    found = lifecycle(environment(ttl="72h"), last_activity=used, now=NOW)
    assert found.expires_at == used + 72 * HOUR
    assert not found.expired


def test_it_ends_when_its_time_is_over() -> None:
    assert lifecycle(environment(ttl="72h"), last_activity=NOW - 72 * HOUR, now=NOW).expired
    assert not lifecycle(environment(ttl="72h"), last_activity=NOW - 71 * HOUR, now=NOW).expired


@pytest.mark.parametrize(
    ("ttl", "left", "warning"),
    [
        ("72h", 25 * HOUR, None),
        ("72h", 24 * HOUR, 24 * HOUR),
        ("72h", 2 * HOUR, 24 * HOUR),
        ("72h", HOUR, HOUR),
        ("2h", 2 * HOUR, None),  # who asks for two hours is not told at once that a day is over
        ("2h", HOUR, HOUR),
        ("30m", timedelta(minutes=10), None),
    ],
)
def test_the_owner_is_warned_a_day_and_an_hour_before(ttl: str, left: timedelta, warning: timedelta | None) -> None:
    one = environment(ttl=ttl)
    assert one.ttl is not None
    assert lifecycle(one, last_activity=NOW - (one.ttl - left), now=NOW).warning == warning


def test_it_sleeps_when_it_was_not_used() -> None:
    one = environment(idle="4h")
    assert lifecycle(one, last_activity=NOW - 4 * HOUR, now=NOW).sleep == "Idle"
    assert lifecycle(one, last_activity=NOW - 3 * HOUR, now=NOW).sleep is None


def test_a_wish_to_sleep_wins() -> None:
    assert lifecycle(environment(asleep=True), last_activity=NOW, now=NOW).sleep == "Wanted"


def test_a_touch_wakes_it() -> None:
    touched = environment(idle="4h", annotations={"longshore.dev/activity": "2026-11-25T11:59:00Z"})
    used = latest_activity(touched, NOW - 100 * HOUR, None)
    assert not lifecycle(touched, last_activity=used, now=NOW).asleep


def test_who_made_it_has_used_it() -> None:
    assert latest_activity(environment(), None) == environment().created_at


def test_what_was_used_in_the_future_ends_a_whole_time_from_now() -> None:
    far = NOW.replace(year=9999, month=12, day=31)
    assert lifecycle(environment(ttl="72h"), last_activity=far, now=NOW).expires_at == NOW + 72 * HOUR
