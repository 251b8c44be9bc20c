"""`longshore env create`: an environment, followed until its Airflow has parsed the branch."""

import re
import time
from dataclasses import replace
from pathlib import Path

from longshore_cli.environments.api import Api
from longshore_cli.environments.heads import bring, head, local_commit, own_repository
from longshore_cli.environments.manifest import Wishes, manifest
from longshore_cli.environments.showing import access_lines, import_error_lines
from longshore_cli.environments.state import State, read
from longshore_cli.environments.waiting import until_parsed
from longshore_cli.exceptions import ClusterError, DeployFailed
from longshore_cli.progress import Progress

_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""What `spec.owner` may be, as the CRD has it: a label's value."""


def create(api: Api, wishes: Wishes, *, folder: Path, wait: bool, progress: Progress) -> None:
    """Makes the environment.

    Args:
        folder: whose checkout may have the branch that the cluster's own repository lacks.
        wait: until its Airflow has parsed the branch; else only until the API server has it.

    Raises:
        ClusterError: it cannot be had. DeployError: the branch cannot be brought to the cluster.
        DeployFailed: it does not come up in time, or some of its files cannot be imported.
    """
    started = time.monotonic()
    wanted = manifest(wishes)
    expected = wishes.commit or _branch_there(api, wishes, folder=folder, progress=progress)
    made = read(api.create(wanted))
    progress.say(f"the environment {made.name} of {made.follows} is made, for {made.owner}")
    if not wait:
        progress.say(f"it comes up; look: longshore env status {made.name}")
        return
    state = until_parsed(api, made.name, head=expected, newest=lambda: newest(api, made), progress=progress)
    progress.say(f"ready in {time.monotonic() - started:.0f} s: {state.url}")
    for line in access_lines(state, password_command=api.password_command(state.name)):
        progress.say(line)
    tell_import_errors(state, progress)


def newest(api: Api, state: State) -> str | None:
    """The commit that the environment should have parsed; None where its branch is gone.

    Raises:
        ClusterError: its repository cannot be asked from here.
    """
    return state.wanted_commit or head(state.git_url, state.branch or "", own=api.own)


def tell_import_errors(state: State, progress: Progress) -> None:
    """Says what cannot be imported.

    Raises:
        DeployFailed: there is something.
    """
    for line in import_error_lines(state):
        progress.say(line)
    if state.import_errors:
        files = ", ".join(each.file for each in state.import_errors)
        raise DeployFailed(f"The environment {state.name!r} is up, but {files} cannot be imported.")


def _branch_there(api: Api, wishes: Wishes, *, folder: Path, progress: Progress) -> str | None:
    """The commit that the branch is at, brought to the cluster's own repository if that lacks it; None: not known."""
    branch, url = wishes.branch or "", wishes.git_url
    try:
        found = head(url, branch, own=api.own)
    except ClusterError as error:
        # The cluster may reach what this machine does not.
        progress.say(f"which commit {branch} is at is not known here ({' '.join(str(error).split())})")
        return None
    if found is not None:
        return found
    local = local_commit(folder, branch)
    if api.own is None or url != own_repository(api.own) or local is None:
        raise ClusterError(f"{url} has no branch {branch!r}; push it there first, or name another.")
    bring(folder, local, branch=branch, there=None, own=api.own)
    progress.say(f"pushed {local[:7]} to the new branch {branch} of the cluster's repository")
    return local


def with_defaults(wishes: Wishes, api: Api) -> Wishes:
    """The wishes, with us as the owner and the cluster's own repository where they name none.

    Raises:
        ClusterError: neither can be told.
    """
    if not wishes.owner:
        wishes = replace(wishes, owner=_owner(api.user()))
    if not wishes.git_url:
        if api.own is None:
            raise ClusterError("Which repository? Say it with --git: only this checkout's own cluster has one itself.")
        wishes = replace(wishes, git_url=own_repository(api.own))
    return wishes


def _owner(user: str) -> str:
    if not _LABEL.fullmatch(user):
        raise ClusterError(
            f"The cluster knows you as {user!r}, which no owner can be called; say with --owner whose it is, if you "
            "may make environments for others."
        )
    return user
