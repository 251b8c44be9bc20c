"""The cancellation in a thread, by a real hook."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.waiting.cancellation import cancel_retrying

JOB = "0000000000000000001"
AWAY = (503, "ServiceUnavailable", "restarting")
log = logging.getLogger("test")


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)


@pytest.fixture
def cancel(caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """Calls it; returns what it has logged."""

    def call(patience: float) -> str:
        with caplog.at_level(logging.INFO, logger="test"):
            cancel_retrying(JOB, partial(EmrContainersHook, attempts=1), patience=patience, log=log, pause=0.0)
        return caplog.text

    return call


def test_it_is_asked_for_again_while_the_api_is_away(api: Any, cancel: Callable[..., str]) -> None:
    api.failures = [AWAY, AWAY]
    assert f"Job run {JOB} is being cancelled" in cancel(patience=60)
    assert len(api.asked("DELETE")) == 3


def test_api_that_stays_away_is_given_up_and_the_log_says_so(api: Any, cancel: Callable[..., str]) -> None:
    api.failures = [AWAY, AWAY]
    assert "The job run may go on: Cannot cancel" in cancel(patience=0)
    assert len(api.asked("DELETE")) == 1


def test_refusal_is_not_asked_again(api: Any, cancel: Callable[..., str]) -> None:
    api.failures = [(403, "AccessDeniedException", "not yours")]
    assert "The job run may go on: Cannot cancel" in cancel(patience=60)
    assert len(api.requests) == 1


def test_job_run_that_has_ended_is_no_error(api: Any, cancel: Callable[..., str]) -> None:
    api.failures = [(400, "ValidationException", "not cancellable")]
    assert f"Job run {JOB} had ended already" in cancel(patience=60)
