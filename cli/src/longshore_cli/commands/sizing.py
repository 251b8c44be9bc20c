"""The commands of `longshore sizing`. Each imports what it needs when it is called."""

from typing import Annotated, Any

import typer

from longshore_cli.commands.options import EndpointUrl, VirtualCluster

app = typer.Typer(no_args_is_help=True, help="Sizes of jobs by their earlier runs: what was used, what comes next.")
Task = Annotated[str, typer.Argument(metavar="TASK", help="dag/task, or environment/dag/task.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON array of objects: plans and profiles.")]


@app.command("show")
def show(
    task: Task, virtual_cluster: VirtualCluster = None, as_json: AsJson = False, endpoint_url: EndpointUrl = None
) -> None:
    """Prints the earlier runs of a task that count: the sizes that each had, and what it used."""
    from longshore_cli.base.json_output import json_text
    from longshore_cli.jobs.sizing import run_lines

    known = _known(task, virtual_cluster=virtual_cluster, endpoint_url=endpoint_url)
    if as_json:
        typer.echo(json_text(known["runs"]))
        return
    typer.echo(f"Runs of {known['signature']!r}, the newest last; sizes are heap+overhead:")
    for line in run_lines(known):
        typer.echo(line)


@app.command("explain")
def explain(task: Task, virtual_cluster: VirtualCluster = None, endpoint_url: EndpointUrl = None) -> None:
    """Prints the sizes that the next run of a task would get, and why."""
    known = _known(task, virtual_cluster=virtual_cluster, endpoint_url=endpoint_url)
    for name, value in known["next"]["sizes"].items():
        typer.echo(f"{name}={value}")
    typer.echo(known["next"]["why"])


def _known(task: str, *, virtual_cluster: str | None, endpoint_url: str | None) -> dict[str, Any]:
    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.runs import resolve_virtual_cluster
    from longshore_cli.jobs.sizing import read_task

    api = connect(endpoint_url)
    return read_task(api, task, cluster=resolve_virtual_cluster(api, virtual_cluster))
