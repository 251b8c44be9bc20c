import logging
import time

import pytest
from longshore.exceptions import ApiAccessError, ApiUnavailableError
from longshore.waiting.retrying import retrying

log = logging.getLogger(__name__)


def test_a_call_is_repeated_until_the_api_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    failures = [ApiUnavailableError("restarting"), ApiUnavailableError("restarting")]

    def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert retrying(call, poll_interval=1.0, patience=60.0, log=log) == "done"
    assert [record.getMessage() for record in caplog.records] == [
        "restarting Asking again in 2 s.",
        "restarting Asking again in 4 s.",
    ]


@pytest.mark.parametrize(("error", "patience"), [(ApiAccessError, 60.0), (ApiUnavailableError, 0.0)])
def test_it_gives_up_at_a_refusal_and_when_its_patience_is_over(error: type[Exception], patience: float) -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        raise error("no")

    with pytest.raises(error, match="no"):
        retrying(call, poll_interval=1.0, patience=patience, log=log)
    assert calls == [1]
