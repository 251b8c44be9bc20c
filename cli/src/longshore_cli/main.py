"""The command `longshore`. Each command imports what it needs when it is called."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from longshore_cli.environments.commands import app as environments
from longshore_cli.exceptions import CliError
from longshore_cli.jobs.states import State

app = typer.Typer(name="longshore", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
templates = typer.Typer(no_args_is_help=True, help="Job templates: apply the YAML files, see what is there.")
app.add_typer(templates, name="templates")
cluster = typer.Typer(no_args_is_help=True, help="The platform on a kind cluster of this machine.")
app.add_typer(cluster, name="cluster")
jobs = typer.Typer(no_args_is_help=True, help="Job runs: list them, read their logs, cancel them.")
app.add_typer(jobs, name="jobs")
dags = typer.Typer(no_args_is_help=True, help="DAGs: bring a commit's to the cluster.")
app.add_typer(dags, name="dags")
app.add_typer(environments, name="env")

Stream = Literal["stdout", "stderr"]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL_EMR_CONTAINERS",
        help="The API's address; if not given, this checkout's cluster, or else AWS itself.",
    ),
]
VirtualCluster = Annotated[
    str | None,
    typer.Option(
        help="A virtual cluster's ID or name; the cluster's own, or the newest that is RUNNING, if not given."
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


@app.command()
def server(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8998,
    release_label: Annotated[
        list[str] | None,
        typer.Option(help="Another name for the Spark of this checkout, emr-7.9.0-latest say; may be repeated."),
    ] = None,
) -> None:
    """Keeps the job server alone up on this machine until Ctrl-C: EMR Containers for any AWS client."""
    from longshore_cli.embedded.server_only import run_server
    from longshore_cli.embedded.surroundings import leave_the_users_settings

    leave_the_users_settings()
    run_server(Path.cwd(), port=port, release_labels=release_label or ())


@cluster.command("up")
def cluster_up() -> None:
    """Makes the cluster and installs everything in it; called again, repairs and upgrades it."""
    from longshore_cli.cluster.up import run_up
    from longshore_cli.embedded.surroundings import leave_the_users_settings

    leave_the_users_settings()
    run_up(Path.cwd())


@cluster.command("down")
def cluster_down() -> None:
    """Removes the cluster and all data in it; images that were built stay."""
    from longshore_cli.cluster.down import run_down

    run_down(Path.cwd())


@cluster.command("status")
def cluster_status() -> None:
    """Which parts are ready, and what those say that are not."""
    from longshore_cli.cluster.status import run_status

    run_status(Path.cwd())


@templates.command("apply")
def templates_apply(
    folder: Annotated[Path, typer.Argument(help="The folder with the YAML files.")] = Path("job-templates"),
    endpoint_url: EndpointUrl = None,
) -> None:
    """Creates a job template for each file that changed; leaves alone what has not."""
    from longshore_cli.job_api import connect
    from longshore_cli.templates.commands import apply

    for line in apply(connect(endpoint_url).emr, folder):
        typer.echo(line)


@templates.command("list")
def templates_list(endpoint_url: EndpointUrl = None) -> None:
    """The newest job template of each name."""
    from longshore_cli.job_api import connect
    from longshore_cli.templates.commands import list_newest

    for line in list_newest(connect(endpoint_url).emr):
        typer.echo(line)


@templates.command("show")
def templates_show(
    name: Annotated[str, typer.Argument(help="A template's name or ID.")], endpoint_url: EndpointUrl = None
) -> None:
    """One job template as YAML, in the shape of CreateJobTemplate."""
    from longshore_cli.job_api import connect
    from longshore_cli.templates.commands import show

    typer.echo(show(connect(endpoint_url).emr, name), nl=False)


@jobs.command("list")
def jobs_list(
    virtual_cluster: VirtualCluster = None,
    state: Annotated[list[State] | None, typer.Option(help="Only job runs of this state; may be repeated.")] = None,
    since: Annotated[str | None, typer.Option(help="Only job runs created since then: 30m, 2h, 1d.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    endpoint_url: EndpointUrl = None,
) -> None:
    """The newest job runs of a virtual cluster, newest first."""
    from rich.console import Console

    from longshore_cli.job_api import connect
    from longshore_cli.jobs import runs
    from longshore_cli.jobs.listing import print_runs

    age = None if since is None else runs.parse_age(since)
    api = connect(endpoint_url)
    cluster = runs.virtual_cluster(api, virtual_cluster)
    print_runs(runs.newest(api, cluster=cluster, states=state or (), since=age, limit=limit), console=Console())


@jobs.command("logs")
def jobs_logs(
    job_run: Annotated[str, typer.Argument(metavar="JOB_RUN_ID")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until the job run ends.")] = False,
    stream: Annotated[Stream | None, typer.Option(help="Only this one; both, if not given.")] = None,
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """What a job run printed."""
    from longshore_cli.job_api import connect
    from longshore_cli.jobs.logs import print_log

    print_log(
        connect(endpoint_url),
        job_run,
        wanted_cluster=virtual_cluster,
        stream=stream,
        follow=follow,
        output=sys.stdout.buffer,
        say=lambda line: typer.echo(line, err=True),
    )


@jobs.command("cancel")
def jobs_cancel(
    job_runs: Annotated[list[str], typer.Argument(metavar="JOB_RUN_ID")],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until they have ended.")] = False,
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Cancels job runs."""
    from rich.console import Console

    from longshore_cli.job_api import connect
    from longshore_cli.jobs.cancel import cancel
    from longshore_cli.progress import Progress

    with Progress(Console(highlight=False)) as progress:
        cancel(connect(endpoint_url), job_runs, wanted_cluster=virtual_cluster, wait=not no_wait, progress=progress)


@dags.command("deploy")
def dags_deploy(
    commit: Annotated[
        str | None, typer.Option(help="What to deploy; HEAD, if not given, and then nothing may be uncommitted.")
    ] = None,
    branch: Annotated[str, typer.Option(help="The branch in the cluster that Airflow follows.")] = "main",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for Airflow.")] = 120.0,
) -> None:
    """Brings a commit's DAGs to the cluster, and waits until Airflow has parsed them."""
    from rich.console import Console

    from longshore_cli.dags.deploy import deploy
    from longshore_cli.progress import Progress

    with Progress(Console(highlight=False)) as progress:
        deploy(Path.cwd(), commit=commit, branch=branch, timeout=timeout, progress=progress)


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
