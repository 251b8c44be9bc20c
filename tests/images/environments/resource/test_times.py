"""Times are read as the API server writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from environments.resource.times import moment
from hypothesis import given
from hypothesis import strategies as st


@given(st.datetimes(), st.none() | st.integers(-23 * 60, 23 * 60))
def test_a_time_without_a_zone_is_utc(time: datetime, minutes: int | None) -> None:
    zone = UTC if minutes is None else timezone(timedelta(minutes=minutes))
    text = time.isoformat() if minutes is None else time.replace(tzinfo=zone).isoformat()
    assert moment(text) == time.replace(tzinfo=zone)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="now"):
        moment("now")
