"""The commands of `longshore dags`. Each imports what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="DAGs: deploy a commit's DAGs to the cluster.")


@app.command("deploy")
def deploy_dags(
    commit: Annotated[
        str | None, typer.Option(help="The commit to deploy; by default HEAD, and then all DAGs must be committed.")
    ] = None,
    branch: Annotated[str, typer.Option(help="The branch of the cluster's repository that Airflow follows.")] = "main",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for Airflow.")] = 120.0,
) -> None:
    """Deploys a commit's DAGs to the cluster, and waits until Airflow has parsed them."""
    from rich.console import Console

    from longshore_cli.base.progress import Progress
    from longshore_cli.dags.deploy import deploy

    with Progress(Console(highlight=False)) as progress:
        deploy(Path.cwd(), commit=commit, branch=branch, timeout=timeout, progress=progress)
