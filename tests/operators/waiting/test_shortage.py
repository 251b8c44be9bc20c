from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from longshore.exceptions import ApiAccessError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.waiting.shortage import LACKED_TAG, MORE_TAG, NOTHING, Shortage, wait_for_shortage

JOB = "0000000000000000001"
FAILED: dict[str, Any] = {"state": "FAILED"}
LACKED = {LACKED_TAG: "driver heap of 1024 MiB"}


@pytest.fixture
def hook(api: Any, connect: Callable[..., None]) -> EmrContainersHook:
    connect(api.url)
    return EmrContainersHook()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def ask(hook: EmrContainersHook, lines: list[str]) -> Callable[..., Shortage | None]:
    log = SimpleNamespace(warning=lambda text, *values: lines.append(text % values))
    return lambda **changes: wait_for_shortage(JOB, hook, poll_interval=0.01, log=log, **changes)


@pytest.mark.parametrize(
    ("tags", "shortage"),
    [
        (LACKED, Shortage("driver heap of 1024 MiB", None)),
        (
            LACKED | {MORE_TAG: "driver heap 1024 to 1536 MiB"},
            Shortage("driver heap of 1024 MiB", "driver heap 1024 to 1536 MiB"),
        ),
        ({LACKED_TAG: NOTHING}, None),
    ],
)
def test_the_answer_is_waited_for_until_the_server_has_read_the_log(
    api: Any, ask: Callable[..., Shortage | None], lines: list[str], tags: dict[str, str], shortage: Shortage | None
) -> None:
    api.states = [FAILED, FAILED | {"tags": {"team": "x"}}, FAILED | {"tags": tags}]
    assert ask() == shortage
    assert len(api.requests) == 3
    assert lines == []


def test_an_outage_is_waited_out(api: Any, ask: Callable[..., Shortage | None]) -> None:
    api.failures = [(503, "ServiceUnavailable", "restarting")]
    api.states = [FAILED | {"tags": LACKED}]
    assert ask() == Shortage("driver heap of 1024 MiB", None)


def test_a_log_that_is_not_read_in_time_is_said(
    api: Any, ask: Callable[..., Shortage | None], lines: list[str]
) -> None:
    api.states = [FAILED]
    assert ask(patience=0.0) is None
    assert "has not read the event log" in lines[0]


def test_a_refusal_is_an_error(api: Any, ask: Callable[..., Shortage | None]) -> None:
    api.failures = [(403, "AccessDeniedException", "not yours")]
    with pytest.raises(ApiAccessError):
        ask()
