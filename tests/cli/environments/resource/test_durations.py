"""Times in the controller's form."""

import pytest
from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.exceptions import ClusterError
from longshore_libs import durations


@pytest.mark.parametrize("text", ["72h", "30m", "1d12h", "45s", "1d1h1m1s"])
def test_a_duration_means_the_same_to_the_controller(text: str) -> None:
    assert parse_duration(text) == durations.parse_duration(text)


@pytest.mark.parametrize("text", ["", "72", "h", "0h", "1w", "-1h", "1h 1m", "١h", "tomorrow"])
def test_an_invalid_duration_is_named(text: str) -> None:
    with pytest.raises(ClusterError, match=r"is not a duration\. Write days"):
        parse_duration(text)
