"""The commands of `longshore templates`. Each imports what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from longshore_cli.commands.options import EndpointUrl, Json

app = typer.Typer(no_args_is_help=True, help="Job templates: apply the YAML files, list what the server has.")


@app.command("apply")
def apply_templates(
    folder: Annotated[Path, typer.Argument(help="The folder with the YAML files.")] = Path("job-templates"),
    endpoint_url: EndpointUrl = None,
) -> None:
    """Creates a job template for each file that is new or has changed."""
    from longshore_cli.clients.job_api import connect
    from longshore_cli.templates.api import apply

    for line in apply(connect(endpoint_url).emr, folder):
        typer.echo(line)


@app.command("list")
def list_templates(as_json: Json = False, endpoint_url: EndpointUrl = None) -> None:
    """Lists the newest job template of each name."""
    from longshore_cli.base.json_output import json_text
    from longshore_cli.clients.job_api import connect
    from longshore_cli.templates.api import list_newest, newest_by_name

    if as_json:
        typer.echo(json_text(template for _, template in sorted(newest_by_name(connect(endpoint_url).emr).items())))
        return
    for line in list_newest(connect(endpoint_url).emr):
        typer.echo(line)


@app.command("show")
def show_template(
    name: Annotated[str, typer.Argument(help="A template's name or ID.")], endpoint_url: EndpointUrl = None
) -> None:
    """Shows one job template as YAML, in the shape of CreateJobTemplate."""
    from longshore_cli.clients.job_api import connect
    from longshore_cli.templates.api import show

    typer.echo(show(connect(endpoint_url).emr, name), nl=False)
