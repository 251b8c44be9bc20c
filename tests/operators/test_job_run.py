import pytest
from longshore.exceptions import ApiUnavailableError
from longshore.job_run import JobRun, Watch


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_cancel_pending_is_not_the_end() -> None:
    assert not JobRun("1", "vc", "CANCEL_PENDING").finished
    assert all(JobRun("1", "vc", state).finished for state in ("COMPLETED", "FAILED", "CANCELLED"))


def test_job_run_survives_the_event() -> None:
    job_run = JobRun.from_api(
        {"id": "1", "virtualClusterId": "vc", "state": "FAILED", "failureReason": "USER_ERROR", "stateDetails": "no"}
    )
    assert JobRun(**job_run.as_event()) == job_run == JobRun("1", "vc", "FAILED", "no", "USER_ERROR")


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
