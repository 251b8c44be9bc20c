"""Durations as AirflowEnvironments hold them: `72h`, `1d12h`. Pure."""

import math
import re
from datetime import timedelta

from longshore_libs.exceptions import DurationError

_DURATION = re.compile(r"(?:([0-9]{1,4})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,7})s)?")
_HOURS = 100
"""From this many hours on, a duration is written in days."""


def parse_duration(text: str) -> timedelta:
    """Returns `72h`, `30m` or `1d12h` as a timedelta.

    Raises:
        DurationError: the text is not a duration, or is zero.
    """
    match = _DURATION.fullmatch(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    if not (length := timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)):
        raise DurationError(
            f"{text[:40]!r} is not a duration. Write days, hours, minutes and seconds, as in 72h or 1d12h30m, and more "
            "than zero."
        )
    return length


def format_duration(length: timedelta) -> str:
    """Returns a duration as objects hold it: in full minutes, rounded up, and in days from 100 hours on."""
    minutes = math.ceil(length.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= _HOURS else (0, hours)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"
