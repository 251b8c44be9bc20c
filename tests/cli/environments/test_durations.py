"""Times in the controller's form."""

from datetime import timedelta

import environments.spec as controllers
import pytest
from longshore_cli.environments.durations import duration, written
from longshore_cli.exceptions import ClusterError


@pytest.mark.parametrize("text", ["72h", "30m", "1d12h", "45s", "1d1h1m1s"])
def test_a_time_is_what_the_controller_takes_it_for(text: str) -> None:
    assert duration(text) == controllers.duration(text)


@pytest.mark.parametrize("text", ["", "72", "h", "0h", "1w", "-1h", "1h 1m", "١h", "tomorrow"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ClusterError, match="is no length of time: write days"):
        duration(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=2), "2h"),
        (timedelta(hours=2, seconds=1), "2h1m"),
        (timedelta(hours=72), "72h"),
        (timedelta(days=9, minutes=5), "9d5m"),
        (timedelta(0), "0m"),
    ],
)
def test_a_time_is_written_in_full_minutes(length: timedelta, text: str) -> None:
    assert written(length) == text


def test_the_longest_time_can_be_read_again() -> None:
    assert duration(written(timedelta(days=9999))) == timedelta(days=9999)
