"""The commands of `longshore env`. Each imports what it needs when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from longshore_cli.environments.api import Api
    from longshore_cli.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Environments: an Airflow of one's own, from a git branch.")

Size = Literal["small", "medium", "large"]
Component = Literal["api-server", "dag-processor", "scheduler", "triggerer"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The environment's.")]
Kubeconfig = Annotated[
    Path | None, typer.Option(help="Of another cluster than this checkout's.", dir_okay=False, exists=True)
]
Context = Annotated[str | None, typer.Option(help="In the kubeconfig; its current one, if not given.")]
Namespace = Annotated[str, typer.Option(help="Where the environments' objects lie.")]


@app.command("create")
def create(
    call: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The environment's; made of the branch's, if not given.")] = None,
    branch: Annotated[str | None, typer.Option(help="The branch to follow.")] = None,
    commit: Annotated[str | None, typer.Option(help="The commit to keep to, instead of a branch.")] = None,
    git_url: Annotated[
        str | None, typer.Option("--git", help="The repository; this checkout's cluster's own, if not given.")
    ] = None,
    git_secret: Annotated[
        str | None, typer.Option(help="The Secret beside the object that opens the repository of --git.")
    ] = None,
    ttl: Annotated[str, typer.Option(help="How long it lives without activity: 72h, 1d12h.")] = "72h",
    idle: Annotated[str, typer.Option(help="After how long without activity it is put to sleep.")] = "2h",
    size: Annotated[Size, typer.Option(help="What its jobs may have together.")] = "small",
    owner: Annotated[str | None, typer.Option(help="Whose it is; yours, if not given.")] = None,
    connection: Annotated[
        list[str] | None, typer.Option(help="A connection of the platform's that it has; may be repeated.")
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option(help="A variable of the platform's that it has; may be repeated.")
    ] = None,
    image: Annotated[str | None, typer.Option(help="What its Airflow runs in; the platform's, if not given.")] = None,
    keep_schema: Annotated[bool, typer.Option("--keep-schema", help="Tables stay in the lake at its end.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is up.")] = False,
    local: Annotated[
        bool, typer.Option("--local", help="On this machine, without a cluster, until Ctrl-C; takes NAME and --branch.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """An Airflow of one's own with a branch's DAGs; ends when it has parsed them."""
    from longshore_cli.environments.names import name_from
    from longshore_cli.exceptions import ClusterError

    if local:
        if branch is None:
            raise ClusterError("Which branch? Say it with --branch.")
        if others := _given(call) - {"name", "branch", "local"}:
            named = ", ".join(f"--{each.replace('_', '-').removesuffix('-url')}" for each in sorted(others))
            raise ClusterError(f"--local takes NAME and --branch only; leave {named} out.")
        from longshore_cli.embedded.surroundings import leave_the_users_settings
        from longshore_cli.environments.local import run_local

        leave_the_users_settings()
        run_local(Path.cwd(), branch=branch, name=name)
        return
    from longshore_cli.environments.create import create as make
    from longshore_cli.environments.create import with_defaults
    from longshore_cli.environments.heads import full_commit
    from longshore_cli.environments.manifest import Wishes

    if git_secret is not None and git_url is None:
        raise ClusterError("--git-secret is for the repository of --git; name that, too.")
    commit = None if commit is None else full_commit(Path.cwd(), commit)
    if branch is None and commit is None:
        raise ClusterError("Which branch? Say it with --branch, or a commit with --commit.")
    api = _api(kubeconfig, context, namespace)
    wishes = Wishes(
        name=name or (name_from(branch) if branch is not None else f"commit-{(commit or '')[:7]}"),
        owner=owner or "",
        git_url=git_url or "",
        branch=branch,
        commit=commit,
        ttl=ttl,
        idle=idle,
        size=size,
        connections=connection or (),
        variables=variable or (),
        image=image,
        keep_schema=keep_schema,
        git_secret=git_secret,
    )
    with _progress() as progress:
        try:
            make(api, with_defaults(wishes, api), folder=Path.cwd(), wait=not no_wait, progress=progress)
        except KeyboardInterrupt:
            progress.say(f"It goes on coming up, if it was made; look: longshore env status {wishes.name}")
            raise typer.Exit(130) from None


@app.command("list")
def list_environments(
    all_owners: Annotated[bool, typer.Option("--all-owners", help="Not only yours.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Your environments."""
    from rich.console import Console

    from longshore_cli.environments.showing import print_environments
    from longshore_cli.environments.state import read

    api = _api(kubeconfig, context, namespace)
    user = None if all_owners else api.user()
    states = [read(body) for body in api.all()]
    print_environments((each for each in states if user in (None, each.owner)), console=Console())


@app.command("status")
def status(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """One environment: its conditions, what cannot be imported, what it has asked for."""
    from datetime import UTC, datetime

    from longshore_cli.environments.showing import status_lines
    from longshore_cli.environments.state import read

    for line in status_lines(read(_api(kubeconfig, context, namespace).get(name)), now=datetime.now(UTC)):
        typer.echo(line)


@app.command("open")
def open_environment(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Opens an environment's page in a browser, where there is one; wakes it first."""
    from longshore_cli.environments.actions import wake
    from longshore_cli.environments.browser import show

    with _progress() as progress:
        url = wake(_api(kubeconfig, context, namespace), name, progress=progress).url
    show(url)


@app.command("logs")
def logs(
    name: Name,
    component: Annotated[Component, typer.Option(help="Of Airflow's.")] = "scheduler",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="As it grows, until Ctrl-C.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """What a component of an environment's Airflow prints."""
    from longshore_cli.environments.logs import print_log

    print_log(_api(kubeconfig, context, namespace), name, component=component, follow=follow)


@app.command("sync")
def sync(
    name: Name,
    push: Annotated[
        bool, typer.Option("--push", help="First bring its branch here to the cluster's own repository.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --push: also in place of commits that are there, and not here.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Waits until an environment has parsed the newest commit of its branch."""
    from longshore_cli.environments import actions
    from longshore_cli.exceptions import ClusterError

    if force and not push:
        raise ClusterError("--force says how to push: say --push, too, or leave it out.")
    api = _api(kubeconfig, context, namespace)
    with _progress() as progress:
        actions.sync(api, name, folder=Path.cwd(), push=push, force=force, progress=progress)


@app.command("sleep")
def sleep(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Puts an environment to sleep: no pods, and all data kept."""
    from longshore_cli.environments import actions

    with _progress() as progress:
        actions.sleep(_api(kubeconfig, context, namespace), name, progress=progress)


@app.command("wake")
def wake(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Wakes an environment, and waits until it is up."""
    from longshore_cli.environments import actions

    with _progress() as progress:
        actions.wake(_api(kubeconfig, context, namespace), name, progress=progress)


@app.command("extend")
def extend(
    name: Name,
    by: Annotated[str, typer.Option(help="How much later it ends, at least.")] = "24h",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Puts the end of an environment off; this is activity, and wakes it where it is idle."""
    from longshore_cli.environments import actions

    with _progress() as progress:
        actions.extend(_api(kubeconfig, context, namespace), name, by=by, progress=progress)


@app.command("delete")
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    keep_schema: Annotated[bool, typer.Option("--keep-schema", help="Its tables stay in the lake.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Connections, variables and pools made in it go, too.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Deletes an environment with all that it was made of, and waits until that is gone."""
    import sys

    from longshore_cli.environments import actions
    from longshore_cli.exceptions import ClusterError

    api = _api(kubeconfig, context, namespace)
    if not yes:
        if not sys.stdin.isatty():
            raise ClusterError(f"Nobody is here to ask whether {name!r} shall go; say --yes.")
        lost = ["its runs", *([] if keep_schema else ["its tables"])]
        lost += ["the connections, variables and pools made in it"] if forget else []
        typer.confirm(f"Delete the environment {name}, {', '.join(lost)}, for good?", abort=True)
    with _progress() as progress:
        actions.delete(api, name, keep_schema=keep_schema, forget=forget, progress=progress)


def _given(call: typer.Context) -> set[str]:
    """The parameters that the user has given, by their names here."""
    return {name for name in call.params if getattr(call.get_parameter_source(name), "name", "") == "COMMANDLINE"}


def _progress() -> "Progress":
    from rich.console import Console

    from longshore_cli.progress import Progress

    return Progress(Console(highlight=False))


def _api(kubeconfig: Path | None, context: str | None, namespace: str) -> "Api":
    from longshore_cli.environments.api import connect

    return connect(kubeconfig=kubeconfig, context=context, namespace=namespace)
