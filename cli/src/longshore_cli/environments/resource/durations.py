"""Durations that a user of the command gives. Pure."""

from datetime import timedelta

from longshore_libs import durations
from longshore_libs.exceptions import DurationError

from longshore_cli.exceptions import ClusterError


def parse_duration(text: str) -> timedelta:
    """Returns a duration such as `72h`, `30m` or `1d12h` as a timedelta.

    Raises:
        ClusterError: the text is not a duration, or is zero.
    """
    try:
        return durations.parse_duration(text)
    except DurationError as error:
        raise ClusterError(str(error)) from error
