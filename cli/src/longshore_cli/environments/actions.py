"""What one does with an environment that is there: sync, sleep, wake, extend, delete."""

import time
from datetime import UTC, datetime
from pathlib import Path

from longshore_cli.environments import patches
from longshore_cli.environments.api import Api
from longshore_cli.environments.create import newest, tell_import_errors
from longshore_cli.environments.durations import duration
from longshore_cli.environments.heads import bring, head, holds, local_commit, own_repository
from longshore_cli.environments.state import State, read
from longshore_cli.environments.waiting import until_gone, until_parsed, until_up
from longshore_cli.exceptions import ClusterError, DeployError
from longshore_cli.progress import Progress

_SETTLE_SECONDS = 20.0
"""A file that the newest commit has mended is read again within that time, and told of."""


def sync(api: Api, name: str, *, folder: Path, push: bool, force: bool, progress: Progress) -> None:
    """Waits until Airflow has parsed the newest commit of the environment's branch.

    Args:
        folder: whose checkout has the commit, if `push`.
        push: whether that goes to the cluster's own repository first.
        force: whether it may take the place of commits that it lacks.

    Raises:
        ClusterError: it sleeps by wish, its repository cannot be asked, or its branch is the shared Airflow's.
        DeployError: the push fails, or would leave commits out that are there.
        DeployFailed: the commit is not parsed in time, or some of its files cannot be imported.
    """
    started = time.monotonic()
    state = read(api.get(name))
    if state.asleep_by_wish:
        raise ClusterError(f"The environment {name!r} is asleep; first `longshore env wake {name}`.")
    expected = _push(api, state, folder=folder, force=force, progress=progress) if push else _newest(api, state)
    api.patch(name, patches.touched(datetime.now(UTC)))
    progress.now(f"{state.follows} is at {expected[:7]}")
    seen = until_parsed(
        api, name, head=expected, newest=lambda: newest(api, state), progress=progress, settle=_SETTLE_SECONDS
    )
    progress.say(f"{name}: {(seen.commit or 'nothing')[:7]} parsed after {time.monotonic() - started:.0f} s")
    tell_import_errors(seen, progress)


def sleep(api: Api, name: str, *, progress: Progress) -> None:
    """Puts the environment to sleep. Raises ClusterError: there is none, or it is another's."""
    api.get(name)
    api.patch(name, patches.ASLEEP)
    progress.say(f"{name} goes to sleep; its data are kept. Wake it: longshore env wake {name}")


def wake(api: Api, name: str, *, progress: Progress) -> State:
    """Wakes the environment if it sleeps, and waits until its Airflow is up.

    Raises:
        ClusterError: there is none, or it cannot be had. DeployFailed: it does not come up in time.
    """
    started = time.monotonic()
    state = read(api.get(name))
    api.patch(name, patches.awake(state, now=datetime.now(UTC)))
    state = until_up(api, name, progress=progress)
    progress.say(f"{name} is awake after {time.monotonic() - started:.0f} s: {state.url}")
    return state


def extend(api: Api, name: str, *, by: str, progress: Progress) -> None:
    """Puts the environment's end off. Raises ClusterError: there is none, it is another's, or `by` is no time."""
    length, now = duration(by), datetime.now(UTC)
    found = patches.extended(read(api.get(name)), by=length, now=now)
    if found is None:
        progress.say(f"{name} never ends; nothing was changed")
        return
    patch, end = found
    api.patch(name, patch)
    progress.say(f"{name} ends at {end.astimezone():%Y-%m-%d %H:%M}, unless somebody uses it before")


def delete(api: Api, name: str, *, keep_schema: bool, forget: bool, progress: Progress) -> None:
    """Deletes the environment, and waits until all that it was made of is gone.

    Args:
        keep_schema: the tables that its jobs wrote stay in the lake.
        forget: the connections, variables and pools that were made in it go with it.

    Raises:
        ClusterError: there is none, or it is another's. DeployFailed: it is still there.
    """
    started = time.monotonic()
    state = read(api.get(name))
    if wishes := {**(patches.KEEP_SCHEMA if keep_schema else {}), **(patches.FORGET if forget else {})}:
        api.patch(name, wishes)
    api.delete(name)
    until_gone(api, name, uid=state.uid, progress=progress)
    progress.say(f"{name} is deleted, after {time.monotonic() - started:.0f} s")
    if not forget:
        progress.say(
            f"Connections, variables and pools made in it are kept for its owner's next {name}; deleting that with "
            "--forget lets them go"
        )


def _newest(api: Api, state: State) -> str:
    if (found := newest(api, state)) is None:
        raise ClusterError(f"{state.git_url} has no branch {state.branch!r} any more; the last good commit goes on.")
    return found


def _push(api: Api, state: State, *, folder: Path, force: bool, progress: Progress) -> str:
    if api.own is None or state.git_url != own_repository(api.own) or state.branch is None:
        raise ClusterError(f"{state.name} follows {state.git_url}; push there by git, and leave --push out.")
    if (local := local_commit(folder, state.branch)) is None:
        raise ClusterError(f"There is no checkout here that has the branch {state.branch!r}; call it in yours.")
    there = head(state.git_url, state.branch, own=api.own)
    if there == local:
        return local
    if there is not None and not force and not holds(folder, local, there):
        raise DeployError(
            f"The branch {state.branch!r} of the cluster's repository is at {there[:7]}, which this checkout's branch "
            "does not have: merge it, or say --force to put yours in its place."
        )
    bring(folder, local, branch=state.branch, there=there, own=api.own)
    progress.say(f"pushed {local[:7]} to the branch {state.branch} of the cluster's repository")
    return local
