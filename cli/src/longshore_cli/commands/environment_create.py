"""The command `longshore env create`. It imports what it needs when it is called."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from longshore_cli.commands.field_options import with_field_options
from longshore_cli.commands.options import Context, Kubeconfig, Namespace
from longshore_cli.environments.resource.fields import FIELDS, Value


@with_field_options(FIELDS)
def create_environment(
    call: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="The environment's name; by default made from the branch's name.")
    ] = None,
    *,
    branch: Annotated[str | None, typer.Option(help="The branch to follow.")] = None,
    commit: Annotated[str | None, typer.Option(help="The commit to run, instead of a branch.")] = None,
    git_url: Annotated[
        str | None, typer.Option("--git", help="The repository's address; by default that of this checkout's cluster.")
    ] = None,
    git_secret: Annotated[
        str | None,
        typer.Option(help="The Secret, in the namespace of the environments, with the credentials for --git."),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="The owner; by default you.")] = None,
    fields: Mapping[str, Value],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is up.")] = False,
    local: Annotated[
        bool,
        typer.Option(
            "--local", help="Run it on this machine, without a cluster, until Ctrl-C; takes NAME and --branch."
        ),
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Creates a personal Airflow with a branch's DAGs, and waits until it has parsed them."""
    from longshore_cli.environments.resource.names import name_from
    from longshore_cli.exceptions import ClusterError

    if local:
        if branch is None:
            raise ClusterError("--local needs a branch. Name it with --branch.")
        if others := _given(call) - {"name", "branch", "local"}:
            named = ", ".join(f"--{each.replace('_', '-').removesuffix('-url')}" for each in sorted(others))
            raise ClusterError(f"--local takes NAME and --branch only; leave out {named}.")
        from longshore_cli.base.environment_variables import remove_user_settings
        from longshore_cli.environments.local import run_local

        remove_user_settings()
        run_local(Path.cwd(), branch=branch, name=name)
        return
    from rich.console import Console

    from longshore_cli.base.progress import Progress
    from longshore_cli.environments.branch_heads import full_commit
    from longshore_cli.environments.create import create as make
    from longshore_cli.environments.create import with_defaults
    from longshore_cli.environments.kubernetes.api import connect
    from longshore_cli.environments.resource.manifest import EnvironmentRequest

    if git_secret is not None and git_url is None:
        raise ClusterError("--git-secret needs --git: the Secret has the credentials for that repository. Name both.")
    commit = None if commit is None else full_commit(Path.cwd(), commit)
    if branch is None and commit is None:
        raise ClusterError("An environment needs a branch or a commit. Name it with --branch or --commit.")
    api = connect(kubeconfig=kubeconfig, context=context, namespace=namespace)
    request = EnvironmentRequest(
        name=name or (name_from(branch) if branch is not None else f"commit-{(commit or '')[:7]}"),
        owner=owner or "",
        git_url=git_url or "",
        branch=branch,
        commit=commit,
        fields=fields,
        git_secret=git_secret,
    )
    with Progress(Console(highlight=False)) as progress:
        try:
            make(api, with_defaults(request, api), folder=Path.cwd(), wait=not no_wait, progress=progress)
        except KeyboardInterrupt:
            progress.say(f"If it was created, it continues to start. See: longshore env status {request.name}")
            raise typer.Exit(130) from None


def _given(call: typer.Context) -> set[str]:
    """Returns the names of the parameters that the user has given."""
    return {name for name in call.params if getattr(call.get_parameter_source(name), "name", "") == "COMMANDLINE"}
