"""The command `longshore`. Each command imports what it needs when it is called."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from longshore_cli.exceptions import CliError

app = typer.Typer(name="longshore", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
templates = typer.Typer(no_args_is_help=True, help="Job templates: apply the YAML files, see what is there.")
app.add_typer(templates, name="templates")

EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url", envvar="AWS_ENDPOINT_URL_EMR_CONTAINERS", help="The API's address; AWS itself if not given."
    ),
]


@app.callback()
def main() -> None:
    """Longshore: Airflow launches containers, Spark runs from job templates."""


@app.command()
def demo() -> None:
    """Runs the main job on this machine: PostgreSQL to an Iceberg lake, a mart, a picture. Leaves nothing running."""
    from longshore_cli.embedded.demo import run_demo
    from longshore_cli.embedded.surroundings import leave_the_users_settings

    leave_the_users_settings()
    run_demo(Path.cwd())


@app.command()
def dev() -> None:
    """Keeps database, job server and Airflow up on this machine until Ctrl-C."""
    from longshore_cli.embedded.dev import run_dev
    from longshore_cli.embedded.surroundings import leave_the_users_settings

    leave_the_users_settings()
    run_dev(Path.cwd())


@templates.command("apply")
def templates_apply(
    folder: Annotated[Path, typer.Argument(help="The folder with the YAML files.")] = Path("job-templates"),
    endpoint_url: EndpointUrl = None,
) -> None:
    """Creates a job template for each file that changed; leaves alone what has not."""
    from longshore_cli.templates.commands import apply, client

    for line in apply(client(endpoint_url), folder):
        typer.echo(line)


@templates.command("list")
def templates_list(endpoint_url: EndpointUrl = None) -> None:
    """The newest job template of each name."""
    from longshore_cli.templates.commands import client, list_newest

    for line in list_newest(client(endpoint_url)):
        typer.echo(line)


@templates.command("show")
def templates_show(
    name: Annotated[str, typer.Argument(help="A template's name or ID.")], endpoint_url: EndpointUrl = None
) -> None:
    """One job template as YAML, in the shape of CreateJobTemplate."""
    from longshore_cli.templates.commands import client, show

    typer.echo(show(client(endpoint_url), name), nl=False)


def run() -> None:
    """Runs the command; an error of ours is one line on stderr and an exit code."""
    try:
        app()
    except CliError as error:
        typer.echo(f"longshore: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        typer.echo(f"longshore: {error}", err=True)
        sys.exit(CliError.exit_code)
