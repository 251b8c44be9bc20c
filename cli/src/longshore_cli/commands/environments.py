"""The commands of `longshore env`. Each imports what it needs when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from longshore_cli.commands.environment_create import create_environment
from longshore_cli.commands.options import Context, Json, Kubeconfig, Namespace

if TYPE_CHECKING:
    from longshore_cli.base.progress import Progress
    from longshore_cli.environments.kubernetes.api import EnvironmentsApi

app = typer.Typer(no_args_is_help=True, help="Environments: a personal Airflow from a git branch.")

Component = Literal["api-server", "dag-processor", "scheduler", "triggerer"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The environment's name.")]

app.command("create")(create_environment)


@app.command("list")
def list_environments(
    all_owners: Annotated[bool, typer.Option("--all-owners", help="List everyone's environments.")] = False,
    as_json: Json = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Lists your environments."""
    from rich.console import Console

    from longshore_cli.base.json_output import json_text
    from longshore_cli.environments.output import as_object, print_environments
    from longshore_cli.environments.resource.state import read

    api = _api(kubeconfig, context, namespace)
    user = None if all_owners else api.user()
    states = [state for state in map(read, api.all()) if user in (None, state.owner)]
    if as_json:
        typer.echo(json_text(as_object(state) for state in sorted(states, key=lambda state: state.name)))
        return
    print_environments(states, console=Console())


@app.command("status")
def status(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Shows one environment: its conditions, import errors and requested resources."""
    from datetime import UTC, datetime

    from longshore_cli.environments.output import status_lines
    from longshore_cli.environments.resource.state import read

    for line in status_lines(read(_api(kubeconfig, context, namespace).get(name)), now=datetime.now(UTC)):
        typer.echo(line)


@app.command("password")
def password(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Prints the password of an environment's owner, for its Airflow."""
    from longshore_cli.environments.resource.state import read

    api = _api(kubeconfig, context, namespace)
    typer.echo(api.password(name, user=read(api.get(name)).owner))


@app.command("open")
def open_environment(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Wakes an environment, and opens its page in a browser if there is one."""
    from longshore_cli.environments.actions import wake
    from longshore_cli.environments.browser import open_in_browser

    with _progress() as progress:
        url = wake(_api(kubeconfig, context, namespace), name, progress=progress).url
    open_in_browser(url)


@app.command("logs")
def logs(
    name: Name,
    component: Annotated[Component, typer.Option(help="The component of Airflow.")] = "scheduler",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing until Ctrl-C.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Prints the log of a component of an environment's Airflow."""
    from longshore_cli.environments.logs import print_log

    print_log(_api(kubeconfig, context, namespace), name, component=component, follow=follow)


@app.command("sync")
def sync(
    name: Name,
    push: Annotated[
        bool, typer.Option("--push", help="First push its branch from this checkout to the cluster's repository.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --push: replace commits that this checkout does not have.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Waits until an environment has parsed the newest commit of its branch."""
    from longshore_cli.environments import actions
    from longshore_cli.exceptions import ClusterError

    if force and not push:
        raise ClusterError("--force needs --push. Pass both, or leave out --force.")
    api = _api(kubeconfig, context, namespace)
    with _progress() as progress:
        actions.sync(api, name, folder=Path.cwd(), push=push, force=force, progress=progress)


@app.command("sleep")
def sleep(
    name: Name, kubeconfig: Kubeconfig = None, context: Context = None, namespace: Namespace = "environments"
) -> None:
    """Puts an environment to sleep: it has no pods, and keeps all data."""
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
    by: Annotated[str, typer.Option(help="The least time by which its end moves.")] = "24h",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Postpones the end of an environment. This counts as activity, and wakes it if it is idle."""
    from longshore_cli.environments import actions

    with _progress() as progress:
        actions.extend(_api(kubeconfig, context, namespace), name, by=by, progress=progress)


@app.command("delete")
def delete(
    name: Name,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Delete without asking. Needed where there is no terminal.")
    ] = False,
    keep_schema: Annotated[bool, typer.Option("--keep-schema", help="Keep its tables in the lake.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Also delete the connections, variables and pools made in it.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Namespace = "environments",
) -> None:
    """Deletes an environment and all its parts, and waits until they are removed."""
    import sys

    from longshore_cli.environments import actions
    from longshore_cli.exceptions import ClusterError

    api = _api(kubeconfig, context, namespace)
    if not yes:
        if not sys.stdin.isatty():
            raise ClusterError(f"Deleting {name!r} needs confirmation. Run it in a terminal, or pass --yes.")
        lost = ["its runs", *([] if keep_schema else ["its tables"])]
        lost += ["the connections, variables and pools made in it"] if forget else []
        typer.confirm(
            f"Delete the environment {name}, {', '.join(lost)}, permanently? (--yes does not ask)", abort=True
        )
    with _progress() as progress:
        actions.delete(api, name, keep_schema=keep_schema, forget=forget, progress=progress)


def _progress() -> "Progress":
    from rich.console import Console

    from longshore_cli.base.progress import Progress

    return Progress(Console(highlight=False))


def _api(kubeconfig: Path | None, context: str | None, namespace: str) -> "EnvironmentsApi":
    from longshore_cli.environments.kubernetes.api import connect

    return connect(kubeconfig=kubeconfig, context=context, namespace=namespace)
