"""The commands of `longshore jobs`. Each imports what it needs when it is called."""

import sys
from typing import Annotated, Literal

import typer

from longshore_cli.commands.options import EndpointUrl, Json, VirtualCluster
from longshore_cli.jobs.states import State

app = typer.Typer(no_args_is_help=True, help="Job runs: list and describe them, read their logs, cancel them.")
Stream = Literal["stdout", "stderr"]


@app.command("list")
def list_jobs(
    virtual_cluster: VirtualCluster = None,
    state: Annotated[list[State] | None, typer.Option(help="Only job runs in this state; repeatable.")] = None,
    since: Annotated[str | None, typer.Option(help="Only job runs created within this time: 30m, 2h, 1d.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most job runs to show.")] = 20,
    all_clusters: Annotated[
        bool, typer.Option("--all", help="Those of all RUNNING virtual clusters, such as environments'.")
    ] = False,
    as_json: Json = False,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Lists the newest job runs of a virtual cluster, newest first, and names the virtual cluster."""
    from rich.console import Console

    from longshore_cli.base.json_output import json_text
    from longshore_cli.clients.job_api import connect
    from longshore_cli.exceptions import CliError
    from longshore_cli.jobs import runs
    from longshore_cli.jobs.listing import print_runs, scope_line

    if all_clusters and virtual_cluster is not None:
        raise CliError("--all and --virtual-cluster exclude each other. Pass one of them.")
    age = None if since is None else runs.parse_age(since)
    api = connect(endpoint_url)
    clusters = runs.running_clusters(api) if all_clusters else [runs.describe_cluster(api, virtual_cluster)]
    names = {each["id"]: each.get("name") or each["id"] for each in clusters}
    found = runs.newest_runs(api, clusters=[*names], states=state or (), since=age, limit=limit)
    if as_json:
        typer.echo(json_text(found))
        return
    typer.echo(scope_line(names, all_clusters=all_clusters), err=True)
    print_runs(found, console=Console(), clusters=names if all_clusters else None)


@app.command("describe")
def describe_job(
    job_run: Annotated[str, typer.Argument(metavar="JOB_RUN_ID")],
    virtual_cluster: VirtualCluster = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object instead of lines.")] = False,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Prints a job run and all that it left: times, attempts, what it ran, pods, sizes, and where its logs are."""
    from longshore_cli.base.json_output import object_text
    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.describing import gather
    from longshore_cli.jobs.description import description_lines

    described = gather(connect(endpoint_url), job_run, wanted_cluster=virtual_cluster, say=_say)
    typer.echo(object_text(described) if as_json else "\n".join(description_lines(described)))


@app.command("logs")
def show_logs(
    job_run: Annotated[str, typer.Argument(metavar="JOB_RUN_ID")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing until the job run ends.")] = False,
    stream: Annotated[Stream | None, typer.Option(help="Only this stream; by default both.")] = None,
    executors: Annotated[bool, typer.Option("--executors", help="Also what its executors have written.")] = False,
    grep: Annotated[
        str | None,
        typer.Option(help="Only lines in which this regular expression is found; exit code 1 if there is none."),
    ] = None,
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Prints the output of a job run, whole or the lines that match, each with its pod and stream before it."""
    from longshore_cli.clients.job_api import connect
    from longshore_cli.exceptions import CliError

    if follow and (executors or grep is not None):
        raise CliError(
            "--follow shows the driver's log as it grows, and cannot be used with --executors or --grep; "
            f"use `longshore jobs logs -f {job_run} | grep …`."
        )
    if executors or grep is not None:
        from longshore_cli.jobs.log_search import search_log

        found = search_log(
            connect(endpoint_url),
            job_run,
            wanted_cluster=virtual_cluster,
            stream=stream,
            executors=executors,
            pattern=grep,
            output=sys.stdout.buffer,
            say=_say,
        )
        raise typer.Exit(0 if found else 1)
    from longshore_cli.jobs.logs import print_log

    print_log(
        connect(endpoint_url),
        job_run,
        wanted_cluster=virtual_cluster,
        stream=stream,
        follow=follow,
        output=sys.stdout.buffer,
        say=_say,
    )


@app.command("cancel")
def cancel_jobs(
    job_runs: Annotated[list[str], typer.Argument(metavar="JOB_RUN_ID")],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return at once, before the job runs have ended.")] = False,
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Cancels job runs, and waits until they have ended."""
    from rich.console import Console

    from longshore_cli.base.progress import Progress
    from longshore_cli.clients.job_api import connect
    from longshore_cli.jobs.cancel import cancel

    with Progress(Console(highlight=False)) as progress:
        cancel(connect(endpoint_url), job_runs, wanted_cluster=virtual_cluster, wait=not no_wait, progress=progress)


def _say(line: str) -> None:
    typer.echo(line, err=True)
