"""The commands of `longshore sizing`. Each imports what it needs when it is called."""

from pathlib import Path
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
    from longshore_cli.sizing.tasks import run_lines

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


@app.command("simulate")
def simulate(task: Task, virtual_cluster: VirtualCluster = None, endpoint_url: EndpointUrl = None) -> None:
    """Prints for each earlier run of a task what it was given, what today's rules would have given it, and its use."""
    from longshore_cli.sizing.tasks import replay_lines

    known = _known(task, virtual_cluster=virtual_cluster, endpoint_url=endpoint_url)
    for line in replay_lines(known):
        typer.echo(line)


@app.command("reset")
def reset(task: Task, virtual_cluster: VirtualCluster = None, endpoint_url: EndpointUrl = None) -> None:
    """Forgets the earlier runs of a task: its next run has the template's sizes."""
    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.runs import resolve_virtual_cluster
    from longshore_cli.sizing.tasks import forget_task

    api = connect(endpoint_url)
    done = forget_task(api, task, cluster=resolve_virtual_cluster(api, virtual_cluster))
    typer.echo(
        f"Forgotten: {done['forgotten']} run(s) of {done['signature']!r}. The next one has the template's sizes."
    )


@app.command("report")
def report(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("report.html"),
    gib_hour_price: Annotated[
        float, typer.Option("--gib-hour-price", min=0.0, help="The price of a GiB of memory for an hour.")
    ] = 0.0,
    core_hour_price: Annotated[
        float, typer.Option("--core-hour-price", min=0.0, help="The price of a core for an hour.")
    ] = 0.0,
    currency: Annotated[str, typer.Option("--currency", help="The prices' currency.")] = "USD",
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Writes a page of what all tasks were given and used, by task and by owner, with what the rest costs."""
    from datetime import UTC, datetime

    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.runs import resolve_virtual_cluster
    from longshore_cli.sizing.page import page
    from longshore_cli.sizing.report import Prices, report_of
    from longshore_cli.sizing.tasks import read_all_tasks

    api = connect(endpoint_url)
    cluster = resolve_virtual_cluster(api, virtual_cluster)
    prices = Prices(gib_hour=gib_hour_price, core_hour=core_hour_price, currency=currency)
    made = report_of(list(read_all_tasks(api, cluster=cluster)))
    output.write_text(page(made, prices=prices, cluster=cluster, now=datetime.now(UTC)), encoding="utf-8")
    typer.echo(f"{output}: {len(made.tasks)} task(s), {made.total.runs} run(s).")


def _known(task: str, *, virtual_cluster: str | None, endpoint_url: str | None) -> dict[str, Any]:
    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.runs import resolve_virtual_cluster
    from longshore_cli.sizing.tasks import read_task

    api = connect(endpoint_url)
    return read_task(api, task, cluster=resolve_virtual_cluster(api, virtual_cluster))
