"""The server's command line: `emr-containers serve`."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from emr_containers.credentials import load_keys
from emr_containers.exceptions import ConfigurationError
from emr_containers.policies import load_policies
from emr_containers.settings import KubernetesSettings, Settings, check_yunikorn_url, load_releases, usable_cpus

_MOST_IN_A_CLUSTER = 100

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
    runtime: Annotated[
        Literal["process", "kubernetes"], typer.Option(help="Job runs as processes of this machine, or as Jobs.")
    ] = "process",
    database_url: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL; by default a SQLite file in the state directory.")
    ] = None,
    database_url_file: Annotated[
        Path | None, typer.Option(help="A file that holds this URL, where it has a password.")
    ] = None,
    credentials_file: Annotated[
        Path | None,
        typer.Option(
            help="Accepted key pairs, in the format of ~/.aws/credentials; by default AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        ),
    ] = None,
    policies_file: Annotated[
        Path | None,
        typer.Option(
            help="What each access key may do: a JSON object of IAM policies by access key, with the condition keys "
            "emr-containers:JobTemplateArn, emr-containers:ExecutionRoleArn and aws:RequestTag/NAME. A key without one "
            "may do nothing. Without this file every key may do everything."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8998,
    max_running: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Job runs that run at the same time; the rest waits. By default as many as this machine has CPUs, and "
            f"{_MOST_IN_A_CLUSTER} in a cluster, whose scheduler decides.",
        ),
    ] = None,
    log_uri: Annotated[
        str | None, typer.Option(help="kubernetes: an s3:// URI for the logs of job runs that name none.")
    ] = None,
    job_ttl: Annotated[
        int | None,
        typer.Option(min=0, help="kubernetes: seconds that a Job and its pods are kept after its end. Default: 3600."),
    ] = None,
    start_error_timeout: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="kubernetes: seconds to wait for an image that cannot be pulled or a Secret that is missing. "
            "Default: 60.",
        ),
    ] = None,
    refuse_oversized: Annotated[
        bool | None,
        typer.Option(
            help="kubernetes: whether a run for which no node is large enough fails at once, which is the default; "
            "not where nodes are made on demand."
        ),
    ] = None,
    yunikorn_url: Annotated[
        str | None,
        typer.Option(
            help="kubernetes: where YuniKorn's REST API is, as in http://yunikorn.yunikorn:9080. YuniKorn then "
            "schedules all pods of all job runs, those of a Spark job as a gang, by the placement rules of "
            "helm/yunikorn. Without it the default scheduler does."
        ),
    ] = None,
    region: Annotated[str, typer.Option(help="The region in ARNs.")] = "us-east-1",
    account_id: Annotated[str, typer.Option(help="The 12-digit account in ARNs.")] = "000000000000",
) -> None:
    """Answers the API until it is told to stop; job runs go on and are found again at the next start."""
    state = state_directory.resolve()
    try:
        if not re.fullmatch(r"\d{12}", account_id) or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            raise ConfigurationError("--account-id must be 12 digits, and --region be like us-east-1: ARNs hold them.")
        cluster = {
            "log_uri": log_uri,
            "job_ttl": job_ttl,
            "start_error_timeout": start_error_timeout,
            "refuse_oversized": refuse_oversized,
            "yunikorn_url": yunikorn_url,
        }
        keys = load_keys(credentials_file)
        settings = Settings(
            state_directory=state,
            database_url=_database_url(database_url, database_url_file, state),
            releases=load_releases(releases),
            account_id=account_id,
            region=region,
            max_running=max_running or (usable_cpus() if runtime == "process" else _MOST_IN_A_CLUSTER),
            kubernetes=_kubernetes(runtime, {name: value for name, value in cluster.items() if value is not None}),
        )
        policies = None if policies_file is None else load_policies(policies_file, keys=keys)
        # Imported late: `--help` needs no web server and no database.
        from emr_containers.server import run

        run(settings, keys=keys, policies=policies, host=host, port=port)
    except ConfigurationError as error:
        typer.echo(f"emr-containers: {error}", err=True)
        sys.exit(2)


def _database_url(url: str | None, file: Path | None, state: Path) -> str:
    if url is not None and file is not None:
        raise ConfigurationError("--database-url cannot be used with --database-url-file; use one of them.")
    if file is None:
        return url or _sqlite(state / "emr-containers.sqlite")
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigurationError(f"The file {str(file)!r} of --database-url-file cannot be read: {reason}.") from error


def _kubernetes(runtime: str, options: dict[str, Any]) -> KubernetesSettings | None:
    if runtime == "kubernetes":
        if "yunikorn_url" in options:
            check_yunikorn_url(options["yunikorn_url"])
        return KubernetesSettings(**options)
    for name in options:
        raise ConfigurationError(f"--{name.replace('_', '-')} is of --runtime kubernetes; leave it out.")
    return None


def _sqlite(path: Path) -> str:
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(path)).render_as_string()
