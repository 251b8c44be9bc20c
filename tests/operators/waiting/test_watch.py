from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from longshore.exceptions import ApiAccessError, ApiUnavailableError
from longshore.hooks.job_run import JobRun
from longshore.waiting.watch import Watch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pauses_grow_with_the_time_waited_up_to_the_interval() -> None:
    clock = Clock()
    watch = Watch(15, clock=clock)
    pauses = []
    for clock.now in (0, 5, 60, 100, 10_000):
        pauses.append(watch.pause())
    assert pauses == [1, 1, 6, 10, 15]
    assert Watch(0.5, clock=clock).pause() == 0.5


def test_outage_is_waited_out_with_growing_pauses_and_not_forever() -> None:
    clock = Clock()
    watch = Watch(15, patience=300, clock=clock)
    error = ApiUnavailableError("away")
    pauses = []
    while clock.now < 300:
        pauses.append(watch.pause_after(error))
        clock.now += pauses[-1]
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60, 60]
    with pytest.raises(ApiUnavailableError, match="away"):
        watch.pause_after(error)


def test_an_answer_ends_an_outage() -> None:
    clock = Clock()
    watch = Watch(15, patience=300, clock=clock)
    error = ApiUnavailableError("away")
    watch.pause_after(error)
    clock.now = 299
    watch.news(JobRun("1", "vc", "RUNNING"))
    clock.now = 500
    assert watch.pause_after(error) == 2


def test_only_changes_are_news() -> None:
    watch = Watch(1)
    assert watch.news(JobRun("1", "vc", "RUNNING", "stage 1")) == "Job run 1 is RUNNING: stage 1"
    assert watch.news(JobRun("1", "vc", "RUNNING", "stage 1")) is None
    assert watch.news(JobRun("1", "vc", "RUNNING", "stage 2")) == "Job run 1 is RUNNING: stage 2"
    assert watch.news(JobRun("1", "vc", "COMPLETED")) == "Job run 1 is COMPLETED"


def test_warnings_of_an_outage_come_after_growing_pauses_and_say_since_when_why_and_until_when() -> None:
    clock = Clock()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    watch = Watch(15, clock=clock, now=lambda: start + timedelta(seconds=clock.now))
    told = []
    while clock.now < 86_400:
        pause = watch.pause_after(ApiAccessError("The key has expired."))
        if warning := watch.warning(ApiAccessError("The key has expired.")):
            told.append(clock.now)
            assert warning == (
                "No answer about the job run since 2026-01-01 00:00:00 UTC: The key has expired. The job run goes on; "
                "the task asks again, until 2026-01-02 00:00:00 UTC at the longest (api_patience)."
            )
        clock.now += pause
    gaps = [later - sooner for sooner, later in pairwise(told)]
    assert gaps == sorted(gaps)
    assert len(told) < 20


def test_every_outage_has_its_warning() -> None:
    clock = Clock()
    watch = Watch(15, clock=clock)
    for clock.now in (0, 1000, 1300):
        watch.pause_after(ApiUnavailableError("away"))
        assert "away" in (watch.warning(ApiUnavailableError("away")) or "")
        watch.news(JobRun("1", "vc", "RUNNING"))
