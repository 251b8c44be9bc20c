"""Waiting for an environment: until it is up, until a commit is parsed, until it is removed."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from longshore_libs.retries import polling, retry

from longshore_cli.base.progress import Progress
from longshore_cli.environments.kubernetes.api import EnvironmentsApi
from longshore_cli.environments.resource.readiness import Readiness, airflow_up, commit_parsed, pod_summary
from longshore_cli.environments.resource.state import State, read
from longshore_cli.exceptions import ClusterError, ClusterUnavailableError, DeployFailedError


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The times of a wait, in seconds."""

    timeout: float = 600.0
    """The time for the environment to get ready."""
    no_dags_timeout: float = 60.0
    """The time that an Airflow may be up without showing any DAG."""
    poll_interval: float = 1.0
    """The time between two reads of the status."""
    unavailable_timeout: float = 60.0
    """The time that a cluster may be unavailable."""
    branch_poll_interval: float = 10.0
    """The time between two reads of the branch's newest commit."""


TIMING = Timing()


def wait_until_up(api: EnvironmentsApi, name: str, *, progress: Progress, timing: Timing = TIMING) -> State:
    """Waits until its Airflow is up.

    Raises:
        ClusterError: it was refused or removed. DeployFailedError: it does not start in time.
    """
    return _until(api, name, judge=airflow_up, progress=progress, timing=timing)


def wait_until_parsed(
    api: EnvironmentsApi,
    name: str,
    *,
    head: str | None,
    newest: Callable[[], str | None],
    progress: Progress,
    settle: float = 0.0,
    timing: Timing = TIMING,
) -> State:
    """Waits until its Airflow is up, and has parsed a commit; with import errors, if there are any.

    Args:
        head: see `commit_parsed`.
        newest: returns the commit that it should have parsed by now, because the branch may move on meanwhile.
        settle: seconds for which files must stay broken before they count, because the status may still describe the
            commit before.

    Raises:
        ClusterError: it was refused or removed. DeployFailedError: it has not parsed the commit in time.
    """
    expected, asked_at = head, time.monotonic()

    def judge(state: State) -> Readiness:
        nonlocal expected, asked_at
        another = state.ready and None not in (expected, state.commit) and state.commit != expected
        if another and time.monotonic() - asked_at >= timing.branch_poll_interval:
            with suppress(ClusterError):
                expected = newest() or expected
            asked_at = time.monotonic()
        return commit_parsed(state, head=expected)

    return _until(api, name, judge=judge, progress=progress, settle=settle, timing=timing)


def wait_until_gone(api: EnvironmentsApi, name: str, *, uid: str, progress: Progress, timing: Timing = TIMING) -> None:
    """Waits until the environment and all its parts are removed.

    Raises:
        DeployFailedError: it was not removed in time.
    """
    deadline = time.monotonic() + timing.timeout
    while (found := _found(api, name, timing)) is not None and found["metadata"].get("uid", "") == uid:
        if time.monotonic() > deadline:
            raise DeployFailedError(
                f"The environment {name!r} is still being removed; see `longshore env status {name}`."
            )
        progress.now("its Airflow, database, files and namespace are being removed")
        time.sleep(timing.poll_interval)


def _until(
    api: EnvironmentsApi,
    name: str,
    *,
    judge: Callable[[State], Readiness],
    progress: Progress,
    settle: float = 0.0,
    timing: Timing,
) -> State:
    started = time.monotonic()
    broken_since = empty_since = None
    while True:
        state = _state(api, name, timing)
        verdict, now = judge(state), time.monotonic()
        if verdict.outcome == "refused":
            raise ClusterError(f"The environment {name!r} was refused: {verdict.text}")
        if verdict.outcome == "failed":
            raise DeployFailedError(f"The environment {name!r}: {verdict.text}")
        if verdict.outcome == "done":
            return state
        broken_since = None if verdict.outcome is None else broken_since or now
        if broken_since is not None and now - broken_since >= settle:
            return state
        empty_since = empty_since or now if state.ready and state.empty else None
        if empty_since is not None and now - empty_since > timing.no_dags_timeout:
            raise DeployFailedError(
                f"The environment {name!r} is up at {state.url}, but Airflow shows no DAG of {state.follows}. "
                "Check that its folder dags/ has any."
            )
        if now - started > timing.timeout:
            raise DeployFailedError(
                f"The environment {name!r} is not ready after {timing.timeout:.0f} s: {verdict.text}. It "
                f"continues; see `longshore env status {name}`."
            )
        progress.now(verdict.text if state.ready else _with_pods(api, name, verdict.text))
        time.sleep(timing.poll_interval)


def _state(api: EnvironmentsApi, name: str, timing: Timing) -> State:
    if (body := _found(api, name, timing)) is None:
        raise ClusterError(f"The environment {name!r} no longer exists: a user deleted it, or it expired.")
    return read(body)


def _found(api: EnvironmentsApi, name: str, timing: Timing) -> dict[str, Any] | None:
    """Returns the object. The cluster may be unavailable for a while."""
    waits = polling(timing.unavailable_timeout, every=timing.poll_interval)
    return retry(lambda: api.find(name), on=ClusterUnavailableError, waits=waits)


def _with_pods(api: EnvironmentsApi, name: str, text: str) -> str:
    # Its namespace, and our rights there, are created shortly after the object.
    with suppress(ClusterError):
        if shown := pod_summary(api.pods(name)):
            return f"{text} ({shown})"
    return text
