"""`longshore env create`: creates an environment, and waits until its Airflow has parsed the branch."""

import re
import time
from dataclasses import replace
from pathlib import Path

from longshore_cli.base.progress import Progress
from longshore_cli.environments.branch_heads import branch_head, cluster_repository_url, local_commit, push_to_cluster
from longshore_cli.environments.kubernetes.api import EnvironmentsApi
from longshore_cli.environments.output import access_lines, import_error_lines
from longshore_cli.environments.resource.manifest import EnvironmentRequest, manifest
from longshore_cli.environments.resource.state import State, read
from longshore_cli.environments.waiting import wait_until_parsed
from longshore_cli.exceptions import ClusterError, DeployFailedError

_LABEL = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""The allowed values of `spec.owner`, as in the CRD: those of a label."""


def create(api: EnvironmentsApi, request: EnvironmentRequest, *, folder: Path, wait: bool, progress: Progress) -> None:
    """Creates the environment.

    Args:
        folder: a folder of the checkout that may have the branch if the cluster's repository does not.
        wait: wait until its Airflow has parsed the branch, not only until the API server has the object.

    Raises:
        ClusterError: it was refused. DeployError: the branch cannot be pushed to the cluster.
        DeployFailedError: it does not start in time, or some of its files cannot be imported.
    """
    started = time.monotonic()
    wanted = manifest(request)
    expected = request.commit or _ensure_branch(api, request, folder=folder, progress=progress)
    made = read(api.create(wanted))
    progress.say(f"the environment {made.name} of {made.follows} was created for {made.owner}")
    if not wait:
        progress.say(f"It is starting. See: longshore env status {made.name}")
        return
    state = wait_until_parsed(api, made.name, head=expected, newest=lambda: newest_commit(api, made), progress=progress)
    progress.say(f"ready in {time.monotonic() - started:.0f} s: {state.url}")
    for line in access_lines(state, password_command=api.password_command(state.name)):
        progress.say(line)
    report_import_errors(state, progress)


def newest_commit(api: EnvironmentsApi, state: State) -> str | None:
    """Returns the commit that the environment should parse; None if its branch was removed.

    Raises:
        ClusterError: its repository cannot be read from here.
    """
    return state.wanted_commit or branch_head(state.git_url, state.branch or "", cluster=api.cluster)


def report_import_errors(state: State, progress: Progress) -> None:
    """Prints the files that cannot be imported.

    Raises:
        DeployFailedError: there are such files.
    """
    for line in import_error_lines(state):
        progress.say(line)
    if state.import_errors:
        files = ", ".join(each.file for each in state.import_errors)
        raise DeployFailedError(f"The environment {state.name!r} is up, but {files} cannot be imported.")


def _ensure_branch(
    api: EnvironmentsApi, request: EnvironmentRequest, *, folder: Path, progress: Progress
) -> str | None:
    """Returns the branch's commit, None if unknown. Pushes a branch that the cluster's repository lacks."""
    branch, url = request.branch or "", request.git_url
    try:
        found = branch_head(url, branch, cluster=api.cluster)
    except ClusterError as error:
        # The cluster may reach repositories that this machine cannot.
        progress.say(f"the newest commit of {branch} cannot be read here ({' '.join(str(error).split())})")
        return None
    if found is not None:
        return found
    local = local_commit(folder, branch)
    if api.cluster is None or url != cluster_repository_url(api.cluster) or local is None:
        raise ClusterError(f"{url} has no branch {branch!r}. Push it there first, or name another branch.")
    push_to_cluster(folder, local, branch=branch, there=None, cluster=api.cluster)
    progress.say(f"pushed {local[:7]} to the new branch {branch} of the cluster's repository")
    return local


def with_defaults(request: EnvironmentRequest, api: EnvironmentsApi) -> EnvironmentRequest:
    """Returns the request with us as the owner and with the cluster's repository, if it names none.

    Raises:
        ClusterError: the owner or the repository is unknown.
    """
    if not request.owner:
        request = replace(request, owner=_owner(api.user()))
    if not request.git_url:
        if api.cluster is None:
            raise ClusterError(
                "No repository is given. Name it with --git: only this checkout's cluster has one of its own."
            )
        request = replace(request, git_url=cluster_repository_url(api.cluster))
    return request


def _owner(user: str) -> str:
    if not _LABEL.fullmatch(user):
        raise ClusterError(
            f"The cluster knows you as {user!r}, which is not a valid owner. Name one with --owner, if you "
            "may create environments for others."
        )
    return user
