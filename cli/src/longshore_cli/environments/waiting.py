"""Waiting for an environment: until it is up, until a commit is parsed, until it is gone."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from longshore_cli.environments.api import Api
from longshore_cli.environments.judging import Verdict, parsed, pods_shown, up
from longshore_cli.environments.state import State, read
from longshore_cli.exceptions import ClusterAway, ClusterError, DeployFailed
from longshore_cli.progress import Progress

_PATIENCE_SECONDS = 600.0
_EMPTY_SECONDS = 60.0
"""How long an Airflow that is up, and says nothing of any DAG, is waited for."""
_LOOK_SECONDS = 1.0
_AWAY_SECONDS = 60.0
_ASK_SECONDS = 10.0


def until_up(api: Api, name: str, *, progress: Progress) -> State:
    """Waits until its Airflow is up.

    Raises:
        ClusterError: it cannot be had, or is gone. DeployFailed: it does not come up in time.
    """
    return _until(api, name, judge=up, progress=progress)


def until_parsed(
    api: Api,
    name: str,
    *,
    head: str | None,
    newest: Callable[[], str | None],
    progress: Progress,
    settle: float = 0.0,
) -> State:
    """Waits until its Airflow is up, and has parsed a commit; with import errors, if there are any.

    Args:
        head: see `judging.parsed`.
        newest: tells the commit that it should have parsed by now: the branch may move on meanwhile.
        settle: for so many seconds files must have been found broken, before they count: what is told of them may be
            of the commit before.

    Raises:
        ClusterError: it cannot be had, or is gone. DeployFailed: it has not come so far in time.
    """
    expected, asked_at = head, time.monotonic()

    def judge(state: State) -> Verdict:
        nonlocal expected, asked_at
        another = state.ready and None not in (expected, state.commit) and state.commit != expected
        if another and time.monotonic() - asked_at >= _ASK_SECONDS:
            with suppress(ClusterError):
                expected = newest() or expected
            asked_at = time.monotonic()
        return parsed(state, head=expected)

    return _until(api, name, judge=judge, progress=progress, settle=settle)


def until_gone(api: Api, name: str, *, uid: str, progress: Progress) -> None:
    """Waits until the environment is removed, with all that it was made of.

    Raises:
        DeployFailed: it is still there.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := _found(api, name)) is not None and found["metadata"].get("uid", "") == uid:
        if time.monotonic() > deadline:
            raise DeployFailed(f"The environment {name!r} is still being removed; see `longshore env status {name}`.")
        progress.now("its Airflow, database, files and namespace are being removed")
        time.sleep(_LOOK_SECONDS)


def _until(api: Api, name: str, *, judge: Callable[[State], Verdict], progress: Progress, settle: float = 0.0) -> State:
    started = time.monotonic()
    broken_since = empty_since = None
    while True:
        state = _state(api, name)
        verdict, now = judge(state), time.monotonic()
        if verdict.end == "refused":
            raise ClusterError(f"The environment {name!r} cannot be had: {verdict.text}")
        if verdict.end == "failed":
            raise DeployFailed(f"The environment {name!r}: {verdict.text}")
        if verdict.end == "done":
            return state
        broken_since = None if verdict.end is None else broken_since or now
        if broken_since is not None and now - broken_since >= settle:
            return state
        empty_since = empty_since or now if state.ready and state.empty else None
        if empty_since is not None and now - empty_since > _EMPTY_SECONDS:
            raise DeployFailed(
                f"The environment {name!r} is up at {state.url}, but Airflow shows no DAG of {state.follows}; are "
                "there any in its folder dags/?"
            )
        if now - started > _PATIENCE_SECONDS:
            raise DeployFailed(
                f"The environment {name!r} has not come so far within {_PATIENCE_SECONDS:.0f} s: {verdict.text}. It "
                f"goes on with it; see `longshore env status {name}`."
            )
        progress.now(verdict.text if state.ready else _with_pods(api, name, verdict.text))
        time.sleep(_LOOK_SECONDS)


def _state(api: Api, name: str) -> State:
    if (body := _found(api, name)) is None:
        raise ClusterError(f"The environment {name!r} is gone: somebody has deleted it, or its time was over.")
    return read(body)


def _found(api: Api, name: str) -> dict[str, Any] | None:
    """The object; the cluster may be away for a while."""
    deadline = time.monotonic() + _AWAY_SECONDS
    while True:
        try:
            return api.find(name)
        except ClusterAway:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOOK_SECONDS)


def _with_pods(api: Api, name: str, text: str) -> str:
    # Its namespace, and our rights there, come a moment after the object.
    with suppress(ClusterError):
        if shown := pods_shown(api.pods(name)):
            return f"{text} ({shown})"
    return text
