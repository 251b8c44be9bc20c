"""The command `longshore`: its groups of commands, and the four commands that need no cluster."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from longshore_cli.commands import cluster, dags, environments, jobs, sizing, templates, transfers
from longshore_cli.exceptions import CliError

app = typer.Typer(name="longshore", no_args_is_help=True, pretty_exceptions_enable=False)
for name, group in (
    ("templates", templates),
    ("cluster", cluster),
    ("jobs", jobs),
    ("sizing", sizing),
    ("transfers", transfers),
    ("dags", dags),
    ("env", environments),
):
    app.add_typer(group.app, name=name)


@app.callback()
def main() -> None:
    """Longshore: Airflow launches containers, Spark runs from job templates."""


@app.command()
def demo() -> None:
    """Runs the main job on this machine: PostgreSQL to an Iceberg lake, a mart, a picture. Leaves nothing running."""
    from longshore_cli.base.environment_variables import remove_user_settings
    from longshore_cli.embedded.demo import run_demo

    remove_user_settings()
    run_demo(Path.cwd())


@app.command()
def dev() -> None:
    """Runs database, job server and Airflow on this machine until Ctrl-C."""
    from longshore_cli.base.environment_variables import remove_user_settings
    from longshore_cli.embedded.dev import run_dev

    remove_user_settings()
    run_dev(Path.cwd())


@app.command()
def server(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8998,
    release_label: Annotated[
        list[str] | None,
        typer.Option(help="Another name for the Spark of this checkout, such as emr-7.9.0-latest; repeatable."),
    ] = None,
) -> None:
    """Runs only the job server on this machine until Ctrl-C: the EMR Containers API for any AWS client."""
    from longshore_cli.base.environment_variables import remove_user_settings
    from longshore_cli.embedded.server import run_server

    remove_user_settings()
    run_server(Path.cwd(), port=port, release_labels=release_label or ())


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of objects instead of lines.")] = False,
) -> None:
    """Checks what is usually wrong with the platform on this machine and with this checkout's cluster; exit code 1 if
    something is."""
    from longshore_cli.base.environment_variables import remove_user_settings
    from longshore_cli.doctor.doctor import run_doctor

    remove_user_settings()
    run_doctor(Path.cwd(), as_json=as_json, show=typer.echo)


def run() -> None:
    """Runs the command. A `CliError` becomes one line on stderr and an exit code."""
    try:
        app()
    except CliError as error:
        typer.echo(f"longshore: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        typer.echo(f"longshore: {error}", err=True)
        sys.exit(CliError.exit_code)
