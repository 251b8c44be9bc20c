"""A lake schema goes once, when nothing writes to it any more; a job that fails is neither hidden nor hurried."""

from datetime import timedelta

import pytest
from environments.plan.schema_removal import RETRY, Cancel, Delete, Failed, Run, Start, Step, Wait, next_step
from images.environments.world import NOW

OTHER, FIRST, SECOND = "t", "drop-schema-u-1-1", "drop-schema-u-1-2"


def run(state: str, *, token: str = OTHER, at: int = 0, ended: timedelta | None = None) -> Run:
    """One that was started so many minutes ago, and has ended so long ago."""
    finished = None if ended is None else NOW - ended
    return Run(id=token, state=state, token=token, created_at=NOW - timedelta(minutes=at), finished_at=finished)


def step(*runs: Run, drop: bool = True) -> Step:
    return next_step(runs, uid="u-1", drop=drop, now=NOW)


DONE = run("COMPLETED", at=60)


def test_where_no_job_ever_ran_there_is_nothing_to_drop() -> None:
    assert step() == Delete()


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CANCELLED"])
def test_whatever_became_of_a_job_it_may_have_written(state: str) -> None:
    assert step(run(state, at=60)) == Start(FIRST)


@pytest.mark.parametrize("state", ["PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"])
def test_jobs_end_before_the_schema_does(state: str) -> None:
    active = run(state, at=1)
    assert step(DONE, active) == Cancel((active,))


@pytest.mark.parametrize("state", ["PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"])
def test_the_job_that_drops_is_waited_for(state: str) -> None:
    drops = run(state, token=FIRST, at=1)
    assert step(drops, DONE) == Wait(drops)


def test_when_it_has_the_end_is_near() -> None:
    assert step(run("COMPLETED", token=FIRST, at=1), DONE) == Delete()


def test_what_was_started_beside_it_may_have_written() -> None:
    assert step(DONE, run("COMPLETED", token=FIRST, at=5), run("CANCELLED", at=1)) == Start(SECOND)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_one_that_fails_is_told_for_a_while_and_then_tried_again(state: str) -> None:
    failed = run(state, token=FIRST, at=30, ended=RETRY - timedelta(seconds=1))
    assert step(DONE, failed) == Failed(failed)
    assert step(DONE, run(state, token=FIRST, at=30, ended=RETRY)) == Start(SECOND)


def test_a_schema_that_shall_stay_needs_no_job_and_stops_the_one_that_drops_it() -> None:
    assert step(DONE, drop=False) == Delete()
    drops = run("PENDING", token=FIRST)
    assert step(DONE, drops, drop=False) == Cancel((drops,))
    assert step(DONE, run("FAILED", token=FIRST, ended=timedelta(0)), drop=False) == Delete()


def test_a_job_of_an_earlier_environment_of_this_name_is_one_like_others() -> None:
    assert step(run("COMPLETED", token="drop-schema-u-0-1")) == Start(FIRST)


@pytest.mark.parametrize(("count", "pause"), [(1, 30), (2, 120), (3, 480), (4, 600), (9, 600)])
def test_each_try_waits_longer_than_the_one_before_up_to_ten_minutes(count: int, pause: int) -> None:
    def tries(ended: int) -> list[Run]:
        ends = timedelta(seconds=ended)
        return [run("FAILED", token=f"drop-schema-u-1-{each}", at=50 - each, ended=ends) for each in range(count)]

    assert isinstance(step(DONE, *tries(pause - 1)), Failed)
    assert step(DONE, *tries(pause)) == Start(f"drop-schema-u-1-{count + 1}")
