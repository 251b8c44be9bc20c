"""The memory of an environment counts usage from one look to the next, and puts a failed attempt off."""

from decimal import Decimal

from environments.exceptions import DatabaseError, HelmError
from environments.memory import Memory
from environments.observed.observation import Observation
from environments.observed.pods import Requested
from environments.observed.usage import Usage

REQUESTED = Requested(cpu=Decimal(2), memory=Decimal(4))


def test_usage_is_counted_from_the_second_look_on() -> None:
    memory = Memory(usage=Usage())
    memory.observed(Observation(requested=REQUESTED), now=100.0)
    memory.observed(Observation(), now=900.0)  # its namespace does not exist at this moment
    memory.observed(Observation(requested=REQUESTED), now=3700.0)
    assert memory.usage is not None
    assert memory.usage.shown() == {"cpuHours": 2.0, "memoryGibHours": 4.0}


def test_a_failed_release_is_put_off_longer_than_other_failures_and_says_what_kept_its_pods() -> None:
    memory = Memory()
    memory.observed(Observation(requested=REQUESTED, troubles=("scheduler: ErrImagePull",)), now=0.0)
    memory.observed(Observation(requested=REQUESTED), now=1.0)
    memory.failed(DatabaseError("away"), now=10.0)
    assert (memory.failure, memory.retry_at) == (("DatabaseFailed", "away"), 130.0)
    memory.failed(HelmError("rolled back"), now=10.0)
    assert (memory.failure, memory.retry_at) == (("ReleaseFailed", "scheduler: ErrImagePull; rolled back"), 610.0)


def test_a_success_ends_the_wait() -> None:
    memory = Memory()
    memory.failed(HelmError("rolled back"), now=10.0)
    memory.succeeded()
    assert (memory.failure, memory.retry_at) == (None, 0.0)


def test_silence_counts_from_its_first_moment() -> None:
    memory = Memory()
    memory.silent(True, now=0.0)
    memory.silent(True, now=50.0)
    assert memory.silent_since == 0.0
