"""Actions on an existing environment: sync, sleep, wake, extend, delete."""

import time
from datetime import UTC, datetime
from pathlib import Path

from longshore_cli.base.progress import Progress
from longshore_cli.environments.branch_heads import (
    branch_head,
    cluster_repository_url,
    contains_commit,
    local_commit,
    push_to_cluster,
)
from longshore_cli.environments.create import newest_commit, report_import_errors
from longshore_cli.environments.kubernetes.api import EnvironmentsApi
from longshore_cli.environments.resource import patches
from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.environments.resource.state import State, read
from longshore_cli.environments.waiting import wait_until_gone, wait_until_parsed, wait_until_up
from longshore_cli.exceptions import ClusterError, DeployError

_SETTLE_SECONDS = 20.0
"""Seconds within which Airflow reads a file again that the newest commit has repaired."""


def sync(api: EnvironmentsApi, name: str, *, folder: Path, push: bool, force: bool, progress: Progress) -> None:
    """Waits until Airflow has parsed the newest commit of the environment's branch.

    Args:
        folder: a folder of the checkout with the commit, if `push`.
        push: push the commit to the cluster's repository first.
        force: let it replace commits that it does not descend from.

    Raises:
        ClusterError: a user put it to sleep, its repository cannot be read, or its branch is the shared Airflow's.
        DeployError: the push fails, or would remove commits.
        DeployFailedError: the commit is not parsed in time, or some of its files cannot be imported.
    """
    started = time.monotonic()
    state = read(api.get(name))
    if state.sleep_requested:
        raise ClusterError(f"The environment {name!r} is asleep. Wake it first with `longshore env wake {name}`.")
    expected = _push(api, state, folder=folder, force=force, progress=progress) if push else _newest(api, state)
    api.patch(name, patches.touched(datetime.now(UTC)))
    progress.now(f"{state.follows} is at {expected[:7]}")
    seen = wait_until_parsed(
        api, name, head=expected, newest=lambda: newest_commit(api, state), progress=progress, settle=_SETTLE_SECONDS
    )
    progress.say(f"{name}: {(seen.commit or 'nothing')[:7]} parsed after {time.monotonic() - started:.0f} s")
    report_import_errors(seen, progress)


def sleep(api: EnvironmentsApi, name: str, *, progress: Progress) -> None:
    """Puts the environment to sleep. Raises ClusterError: it does not exist, or belongs to another user."""
    api.get(name)
    api.patch(name, patches.ASLEEP)
    progress.say(f"{name} goes to sleep and keeps its data. Wake it with: longshore env wake {name}")


def wake(api: EnvironmentsApi, name: str, *, progress: Progress) -> State:
    """Wakes the environment if it sleeps, and waits until its Airflow is up.

    Raises:
        ClusterError: it does not exist, or was refused. DeployFailedError: it does not start in time.
    """
    started = time.monotonic()
    state = read(api.get(name))
    api.patch(name, patches.awake(state, now=datetime.now(UTC)))
    state = wait_until_up(api, name, progress=progress)
    progress.say(f"{name} is awake after {time.monotonic() - started:.0f} s: {state.url}")
    return state


def extend(api: EnvironmentsApi, name: str, *, by: str, progress: Progress) -> None:
    """Postpones the environment's end.

    Raises:
        ClusterError: it does not exist, belongs to another user, or `by` is invalid.
    """
    length, now = parse_duration(by), datetime.now(UTC)
    found = patches.extended(read(api.get(name)), by=length, now=now)
    if found is None:
        progress.say(f"{name} never ends. Nothing was changed")
        return
    patch, end = found
    api.patch(name, patch)
    progress.say(f"{name} ends at {end.astimezone():%Y-%m-%d %H:%M}, or later if it is used until then")


def delete(api: EnvironmentsApi, name: str, *, keep_schema: bool, forget: bool, progress: Progress) -> None:
    """Deletes the environment, and waits until all its parts are removed.

    Args:
        keep_schema: keep the tables that its jobs wrote in the lake.
        forget: also delete the connections, variables and pools that were made in it.

    Raises:
        ClusterError: it does not exist, or belongs to another user. DeployFailedError: it was not removed in time.
    """
    started = time.monotonic()
    state = read(api.get(name))
    if wishes := {**(patches.KEEP_SCHEMA if keep_schema else {}), **(patches.FORGET if forget else {})}:
        api.patch(name, wishes)
    api.delete(name)
    wait_until_gone(api, name, uid=state.uid, progress=progress)
    progress.say(f"{name} was deleted after {time.monotonic() - started:.0f} s")
    if not forget:
        progress.say(
            f"Connections, variables and pools made in it are kept for its owner's next {name}. "
            "Delete that one with --forget to remove them"
        )


def _newest(api: EnvironmentsApi, state: State) -> str:
    if (found := newest_commit(api, state)) is None:
        raise ClusterError(
            f"{state.git_url} no longer has a branch {state.branch!r}. The last good commit keeps running."
        )
    return found


def _push(api: EnvironmentsApi, state: State, *, folder: Path, force: bool, progress: Progress) -> str:
    if api.cluster is None or state.git_url != cluster_repository_url(api.cluster) or state.branch is None:
        raise ClusterError(f"{state.name} follows {state.git_url}. Push there with git, and leave out --push.")
    if (local := local_commit(folder, state.branch)) is None:
        raise ClusterError(f"No checkout here has the branch {state.branch!r}. Run the command in yours.")
    there = branch_head(state.git_url, state.branch, cluster=api.cluster)
    if there == local:
        return local
    if there is not None and not force and not contains_commit(folder, local, there):
        raise DeployError(
            f"The branch {state.branch!r} of the cluster's repository is at {there[:7]}, which this checkout's branch "
            "does not have. Merge it, or pass --force to replace it."
        )
    push_to_cluster(folder, local, branch=state.branch, there=there, cluster=api.cluster)
    progress.say(f"pushed {local[:7]} to the branch {state.branch} of the cluster's repository")
    return local
