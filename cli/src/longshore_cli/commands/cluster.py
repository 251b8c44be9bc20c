"""The commands of `longshore cluster`. Each imports what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The platform on a kind cluster of this machine.")


@app.command("up")
def up(
    observability: Annotated[
        bool, typer.Option(help="Install metrics and logs, too. Without them, an installed stack stays as it is.")
    ] = True,
) -> None:
    """Creates the cluster and installs everything in it. A second call repairs and upgrades it."""
    from longshore_cli.base.environment_variables import remove_user_settings
    from longshore_cli.cluster.up import run_up

    remove_user_settings()
    run_up(Path.cwd(), observability=observability)


@app.command("down")
def down() -> None:
    """Removes the cluster and all data in it. Images that were built stay."""
    from longshore_cli.cluster.down import run_down

    run_down(Path.cwd())


@app.command("status")
def status() -> None:
    """Shows which parts are ready, and why the others are not."""
    from longshore_cli.cluster.status import run_status

    run_status(Path.cwd())
