"""Ages and durations; what needs a server is in `test_commands.py`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from longshore_cli.exceptions import CliError
from longshore_cli.jobs.runs import format_duration, parse_age, run_duration

CREATED = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        (" 1d ", timedelta(days=1)),
    ],
)
def test_an_age_has_a_number_and_a_unit(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "-2h", "1.5h", "2w", "99999999d"])
def test_any_other_text_is_not_an_age(text: str) -> None:
    with pytest.raises(CliError, match=r"is not an age\. Write it as 90s, 30m, 2h or 1d"):
        parse_age(text)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0s"), (59.9, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (90061, "25h 01m")],
)
def test_a_duration_is_shown_with_its_two_largest_units(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


def test_an_unfinished_run_lasts_until_now() -> None:
    run: Any = {"createdAt": CREATED}
    assert run_duration(run, now=CREATED + timedelta(minutes=2)) == timedelta(minutes=2)
    assert run_duration(run, now=CREATED - timedelta(seconds=5)) == timedelta()  # another machine's clock
    assert run_duration(run | {"finishedAt": CREATED + timedelta(seconds=9)}, now=CREATED) == timedelta(seconds=9)
