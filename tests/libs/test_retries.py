"""A failing call is repeated, with waits that grow, and another error ends it at once."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore_libs.retries import PATIENT, Backoff, Waits, poll, polling, retry, retry_async

AT_ONCE = Waits(first=0.0, most=0.0)


def failing(times: int, error: type[Exception] = OSError) -> tuple[Callable[[], str], list[int]]:
    """A call that works after some failures, and the list of its calls."""
    calls: list[int] = []

    def call() -> str:
        calls.append(len(calls))
        if len(calls) <= times:
            raise error(f"failure {len(calls)}")
        return "works"

    return call, calls


@given(st.floats(0.001, 100), st.floats(0.001, 1000), st.lists(st.integers(1, 100_000), min_size=1, max_size=20))
def test_waits_grow_from_the_first_to_the_longest_and_stay_there(
    first: float, most: float, failures: list[int]
) -> None:
    waits = Waits(first=first, most=most)
    assert waits.after(1) == min(first, most)
    assert waits.after(100_000) == most
    grown = [waits.after(each) for each in sorted(failures)]
    assert grown == sorted(grown)
    assert all(0 < each <= most for each in grown)


def test_a_patient_wait_doubles_from_half_a_second_to_a_quarter_of_a_minute() -> None:
    assert [PATIENT.after(each) for each in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_what_has_worked_starts_with_the_first_wait_again() -> None:
    backoff = Backoff()
    assert [backoff.seconds() for _ in range(3)] == [0.5, 1, 2]
    backoff.reset()
    assert backoff.seconds() == 0.5


@given(st.integers(0, 30))
def test_a_call_is_repeated_until_it_works(times: int) -> None:
    call, calls = failing(times)
    assert retry(call, on=OSError, waits=AT_ONCE) == "works"
    assert len(calls) == times + 1


def test_another_error_ends_it_at_once() -> None:
    call, calls = failing(5, ValueError)
    with pytest.raises(ValueError, match="failure 1"):
        retry(call, on=OSError, waits=AT_ONCE)
    assert len(calls) == 1


def test_the_last_error_is_raised_when_the_time_is_over() -> None:
    call, calls = failing(5)
    with pytest.raises(OSError, match="failure 1"):
        retry(call, on=OSError, waits=polling(0, every=0))
    assert len(calls) == 1


def test_a_call_of_an_event_loop_is_repeated_and_told() -> None:
    call, calls = failing(3)
    told: list[str] = []

    async def ask() -> str:
        return call()

    def warn(error: Exception, seconds: float) -> None:
        told.append(f"{error} {seconds:g}")

    def when(error: Exception) -> bool:
        return isinstance(error, OSError)

    waits = Waits(first=0.001, most=0.002)
    assert asyncio.run(retry_async(lambda: ask(), when=when, waits=waits, warn=warn)) == "works"
    assert told == ["failure 1 0.001", "failure 2 0.002", "failure 3 0.002"]
    assert len(calls) == 4


def test_a_repeated_call_can_be_cancelled() -> None:
    async def hang() -> None:
        began.set()
        await asyncio.Event().wait()

    async def cancelled() -> bool:
        task = asyncio.create_task(retry_async(hang, when=lambda _: True, waits=PATIENT, warn=lambda *_: None))
        await began.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    began = asyncio.Event()
    assert asyncio.run(cancelled())


@pytest.mark.parametrize("found", [[None, 0, "", "it"], ["it"]])
def test_the_first_result_is_what_was_waited_for(found: list[Any]) -> None:
    left = iter(found)
    assert poll(lambda: next(left), waits=AT_ONCE) == "it"


def test_when_the_time_is_over_the_last_result_is_returned() -> None:
    assert poll(lambda: "", waits=polling(0, every=0)) == ""


def test_what_is_waited_for_is_looked_at_once_at_least() -> None:
    assert poll(lambda: True, waits=polling(0, every=0))
    assert not poll(lambda: False, waits=polling(0, every=0))
