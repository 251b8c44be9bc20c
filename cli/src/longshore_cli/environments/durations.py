"""Times as the objects hold them: `72h`, `1d12h`. Pure."""

import math
import re
from datetime import timedelta

from longshore_cli.exceptions import ClusterError

_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?", re.ASCII)

_HOURS = 100
"""From so many on they are told as days."""


def duration(text: str) -> timedelta:
    """A time such as `72h`, `30m` or `1d12h`.

    Raises:
        ClusterError: it is none, or no longer than nothing.
    """
    match = _DURATION.fullmatch(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    if not (length := timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)):
        raise ClusterError(
            f"{text[:40]!r} is no length of time: write days, hours, minutes and seconds, as in 72h or 1d12h."
        )
    return length


def written(length: timedelta) -> str:
    """The time as an object holds it, in full minutes, rounded up; in days where it is more than a few."""
    minutes = math.ceil(length.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= _HOURS else (0, hours)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"
