"""Usage adds up exactly and is rounded only where it is shown."""

from decimal import Decimal

from environments.observed.pods import Requested
from environments.observed.usage import Usage


def test_usage_grows_by_what_is_asked_for() -> None:
    used = Usage.read({"usage": {"cpuHours": 1.5, "memoryGibHours": 2}})
    used = used.after(Requested(cpu=Decimal(2), memory=Decimal(4)), seconds=1800)
    assert used.shown() == {"cpuHours": 2.5, "memoryGibHours": 4.0}


def test_small_shares_are_not_lost_by_rounding() -> None:
    used = Usage()
    for _ in range(240):
        used = used.after(Requested(cpu=Decimal("0.5"), memory=Decimal(1)), seconds=15)
    assert used.shown() == {"cpuHours": 0.5, "memoryGibHours": 1.0}
