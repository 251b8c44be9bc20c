"""The server's command line: `emr-containers serve`."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from emr_containers.credentials import load_keys
from emr_containers.exceptions import ConfigurationError
from emr_containers.settings import Settings, load_releases, usable_cpus

app = typer.Typer(
    name="emr-containers",
    help="A job server that speaks the EMR Containers API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # keys lie there
)


@app.callback()
def main() -> None:
    """A job server that speaks the EMR Containers API."""


@app.command()
def serve(
    releases: Annotated[Path, typer.Option(help="The table of runtimes (TOML): what each releaseLabel means.")],
    state_directory: Annotated[
        Path, typer.Option(help="Where the database, the attempts and logs without a logUri lie.")
    ] = Path(".emr-containers"),
    database_url: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL; by default a SQLite file in the state directory.")
    ] = None,
    credentials_file: Annotated[
        Path | None,
        typer.Option(
            help="Accepted key pairs, in the format of ~/.aws/credentials; by default AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8998,
    max_running: Annotated[
        int, typer.Option(min=1, help="Job runs that run at the same time; the rest waits.")
    ] = usable_cpus(),
    region: Annotated[str, typer.Option(help="The region in ARNs.")] = "us-east-1",
    account_id: Annotated[str, typer.Option(help="The 12-digit account in ARNs.")] = "000000000000",
) -> None:
    """Answers the API until it is told to stop; job runs go on and are found again at the next start."""
    state = state_directory.resolve()
    try:
        if not re.fullmatch(r"\d{12}", account_id) or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            raise ConfigurationError("--account-id must be 12 digits, and --region be like us-east-1: ARNs hold them.")
        settings = Settings(
            state_directory=state,
            database_url=database_url or _sqlite(state / "emr-containers.sqlite"),
            releases=load_releases(releases),
            account_id=account_id,
            region=region,
            max_running=max_running,
        )
        # Imported late: `--help` needs no web server and no database.
        from emr_containers.server import run

        run(settings, keys=load_keys(credentials_file), host=host, port=port)
    except ConfigurationError as error:
        typer.echo(f"emr-containers: {error}", err=True)
        sys.exit(2)


def _sqlite(path: Path) -> str:
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(path)).render_as_string()
