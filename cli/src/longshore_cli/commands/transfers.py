"""The commands of `longshore transfers`. Each imports what it needs when it is called."""

from typing import Annotated

import typer

from longshore_cli.commands.options import EndpointUrl, VirtualCluster

app = typer.Typer(no_args_is_help=True, help="Transfers: remove what killed ones left behind.")


@app.command("clean")
def clean_transfers(
    connection: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The database's connection. Staging tables left in it are removed."),
    ] = None,
    lake: Annotated[bool, typer.Option("--lake", help="Remove files of the lake that no snapshot refers to.")] = False,
    older_than: Annotated[
        int, typer.Option(metavar="HOURS", help="Keep files of the lake that are younger than this; at least 1.")
    ] = 24,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
    virtual_cluster: VirtualCluster = None,
    endpoint_url: EndpointUrl = None,
) -> None:
    """Removes what killed transfers left behind, in a job run, and lists it. Nothing in use is removed."""
    from longshore_cli.clients.job_api import connect
    from longshore_cli.transfers.clean import clean, clean_parameters

    parameters = clean_parameters(connection=connection, lake=lake, older_than=older_than, dry_run=dry_run)
    clean(
        connect(endpoint_url),
        wanted_cluster=virtual_cluster,
        parameters=parameters,
        show=typer.echo,
        say=lambda line: typer.echo(line, err=True),
    )
