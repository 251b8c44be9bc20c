"""Durations are read as users write them, and the same by every program."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore_libs.durations import format_duration, parse_duration
from longshore_libs.exceptions import DurationError

_UNITS = (("days", "d", 9999), ("hours", "h", 99999), ("minutes", "m", 999999), ("seconds", "s", 9999999))


@given(st.tuples(*(st.none() | st.integers(0, most) for _, _, most in _UNITS)))
def test_a_duration_is_the_sum_of_its_parts(amounts: tuple[int | None, ...]) -> None:
    parts = [
        (name, unit, amount) for (name, unit, _), amount in zip(_UNITS, amounts, strict=True) if amount is not None
    ]
    text = "".join(f"{amount}{unit}" for _, unit, amount in parts)
    length = timedelta(**{name: amount for name, _, amount in parts})
    if length:
        assert parse_duration(text) == length
    else:
        with pytest.raises(DurationError, match=r"is not a duration\. Write days"):
            parse_duration(text)


@pytest.mark.parametrize("text", ["h", "72", "-1h", "1.5h", "1h 30m", "1w", "1m1h", "٣h", "1h\n", "9" * 300 + "h"])
def test_what_is_no_duration_is_named(text: str) -> None:
    with pytest.raises(DurationError, match="is not a duration") as error:
        parse_duration(text)
    assert len(str(error.value)) < 200


@given(st.integers(1, 9999 * 24 * 3600))
def test_a_duration_that_was_written_is_read_as_the_next_full_minute(seconds: int) -> None:
    read = parse_duration(format_duration(timedelta(seconds=seconds)))
    assert timedelta(0) <= read - timedelta(seconds=seconds) < timedelta(minutes=1)


def test_the_longest_duration_can_be_read_again() -> None:
    assert parse_duration(format_duration(timedelta(days=9999))) == timedelta(days=9999)


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
def test_a_duration_is_written_in_full_minutes(length: timedelta, text: str) -> None:
    assert format_duration(length) == text
