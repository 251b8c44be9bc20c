from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from longshore.hooks.job_run import ACTIVE_STATES, TERMINAL_STATES, JobRun
from longshore.waiting import unwatched
from longshore.waiting.unwatched import UnwatchedJobRun, request_digest

REQUEST = {
    "virtualClusterId": "vc1",
    "clientToken": "try 1",
    "name": "n",
    "jobTemplateParameters": {"a": "1", "b": "2"},
}


class BrokenStore:
    """A store that Airflow's API server cannot reach."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("away")


def test_all_tries_that_ask_alike_have_one_digest() -> None:
    other = {**REQUEST, "clientToken": "try 2", "jobTemplateParameters": {"b": "2", "a": "1"}}
    assert request_digest(other) == request_digest(REQUEST)
    assert request_digest({**REQUEST, "jobTemplateParameters": {"a": "2"}}) != request_digest(REQUEST)


@given(st.sampled_from(sorted(ACTIVE_STATES | TERMINAL_STATES)), st.booleans(), st.booleans())
def test_job_run_is_taken_up_only_where_no_second_one_is_wanted(state: str, alike: bool, cleared: bool) -> None:
    taken = UnwatchedJobRun("j1", "digest", 3).taken_up(
        JobRun("j1", "vc1", state), request_digest="digest" if alike else "other", max_tries=3 + cleared
    )
    assert taken <= (state not in ("FAILED", "CANCELLED", "CANCEL_PENDING"))
    assert taken <= alike
    if alike and state in ("PENDING", "SUBMITTED", "RUNNING"):
        assert taken
    if alike and state == "COMPLETED":
        assert taken is not cleared


def test_store_that_is_out_of_reach_is_logged_and_fails_nothing() -> None:
    lines: list[str] = []
    log = SimpleNamespace(warning=lambda text, *values: lines.append(text % values))
    context: Any = {"ti": SimpleNamespace(max_tries=1), "task_state_store": BrokenStore()}
    unwatched.remember(context, "j1", "digest", log=log)
    assert unwatched.remembered(context, log=log) is None
    unwatched.forget(context, log=log)
    assert len(lines) == 3
    assert "cannot go on with job run j1" in lines[0]
