"""The server's command line: `emr-containers serve`."""

import re
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from emr_containers.access.reloading import AccessFiles
from emr_containers.exceptions import ConfigurationError
from emr_containers.options import check_job_user, check_log_prefixes, database_url_of, is_loopback, kubernetes_settings
from emr_containers.settings import Settings, load_releases, usable_cpus

_MOST_IN_A_CLUSTER = 100
_REQUESTS_PER_SECOND = 100
_LEAST_JOB_TTL = 600
"""A paused server may send its creation of a Job a minute late. The Job's name must still be taken then."""

app = typer.Typer(
    name="emr-containers",
    help="A job server that speaks the EMR Containers API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they contain keys
)


@app.callback()
def main() -> None:
    """A job server that speaks the EMR Containers API."""


@app.command()
def serve(
    releases: Annotated[Path, typer.Option(help="The table of runtimes (TOML): what each releaseLabel means.")],
    state_directory: Annotated[
        Path, typer.Option(help="The folder for the database, the attempts, and logs without a logUri.")
    ] = Path(".emr-containers"),
    runtime: Annotated[
        Literal["process", "kubernetes"],
        typer.Option(help="Run jobs as processes of this machine, or as Kubernetes Jobs."),
    ] = "process",
    database_url: Annotated[
        str | None, typer.Option(help="SQLAlchemy URL. Default: a SQLite file in the state directory.")
    ] = None,
    database_url_file: Annotated[
        Path | None, typer.Option(help="A file with this URL, for a URL with a password.")
    ] = None,
    credentials_file: Annotated[
        Path | None,
        typer.Option(
            help="Accepted key pairs, in the format of ~/.aws/credentials. Default: AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        ),
    ] = None,
    policies_file: Annotated[
        Path | None,
        typer.Option(
            help="What each access key may do: a JSON object of IAM policies by access key, with the condition keys "
            "emr-containers:JobTemplateArn, emr-containers:ExecutionRoleArn and aws:RequestTag/NAME, and "
            "longshore:ConfigurationOverride for what a start may override of its template. A key without one "
            "may do nothing. Without this file every key may do everything."
        ),
    ] = None,
    requests_per_second: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Requests a second that each access key, and each address, may send; 0: any number. Default: any "
            f"number on a loopback address, {_REQUESTS_PER_SECOND} elsewhere.",
        ),
    ] = None,
    audit_log: Annotated[
        Path | None,
        typer.Option(help="The file of the audit log: who changed what, and what was refused. Default: stdout."),
    ] = None,
    job_user: Annotated[
        str | None,
        typer.Option(
            help="process: the user that jobs run as, by name or by an ID, so that they cannot read the server's keys, "
            "its database or other runs' files. Needs root. Default: the server's own user."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 chooses a free one.")] = 8998,
    max_running: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Job runs that run at the same time; the others wait. Default: the number of this machine's CPUs, or "
            f"{_MOST_IN_A_CLUSTER} in a cluster, whose scheduler decides.",
        ),
    ] = None,
    log_uri: Annotated[
        str | None, typer.Option(help="kubernetes: an s3:// URI for the logs of job runs without a logUri.")
    ] = None,
    log_uri_prefix: Annotated[
        list[str] | None,
        typer.Option(
            help="A URI that every job run's logUri must lie below; may be given several times. Without it a key that "
            "has a policy may name the server's own place and its template's, another key any."
        ),
    ] = None,
    service_account: Annotated[
        list[str] | None,
        typer.Option(
            help="kubernetes: ROLE_ARN=NAME, the service account of the pods of job runs with this executionRoleArn; "
            "may be given several times. Any other role is then refused. Without it all have the same, 'spark'."
        ),
    ] = None,
    job_ttl: Annotated[
        int | None,
        typer.Option(
            min=_LEAST_JOB_TTL,
            help="kubernetes: seconds to keep a Job and its pods after its end. Default: 3600.",
        ),
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
            help="kubernetes: whether a run fails at once if no node is large enough, the default. Turn it off where "
            "nodes are added on demand."
        ),
    ] = None,
    yunikorn_url: Annotated[
        str | None,
        typer.Option(
            help="kubernetes: the URL of YuniKorn's REST API, such as http://yunikorn.yunikorn:9080. YuniKorn then "
            "schedules all pods of all job runs, those of a Spark job as a gang, by the placement rules of "
            "helm/yunikorn. Without it, the default scheduler does."
        ),
    ] = None,
    logs_url: Annotated[
        str | None,
        typer.Option(
            help="kubernetes: the URL of VictoriaLogs, such as http://logs.observability:9428, in which the collector "
            "of helm/observability puts the lines of all pods. Then whoever may describe a job run may also read what "
            "its executors have written."
        ),
    ] = None,
    region: Annotated[str, typer.Option(help="The region in ARNs.")] = "us-east-1",
    account_id: Annotated[str, typer.Option(help="The 12-digit account in ARNs.")] = "000000000000",
) -> None:
    """Serve the API until it is stopped. Job runs go on, and the next start finds them again."""
    state = state_directory.resolve()
    try:
        if not re.fullmatch(r"\d{12}", account_id) or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            raise ConfigurationError(
                "--account-id must be 12 digits, and --region must be like us-east-1: ARNs contain them."
            )
        cluster = {
            "log_uri": log_uri,
            "job_ttl": job_ttl,
            "start_error_timeout": start_error_timeout,
            "refuse_oversized": refuse_oversized,
            "yunikorn_url": yunikorn_url,
            "logs_url": logs_url,
            "service_account": service_account or None,
        }
        access = AccessFiles(credentials_file, policies_file, region=region, account=account_id)
        keys, policies = access.load()
        if job_user is not None:
            check_job_user(
                job_user,
                runtime,
                {
                    "--credentials-file": credentials_file,
                    "--policies-file": policies_file,
                    "--database-url-file": database_url_file,
                },
            )
        if requests_per_second is None:
            requests_per_second = 0 if is_loopback(host) else _REQUESTS_PER_SECOND
        settings = Settings(
            state_directory=state,
            database_url=database_url_of(database_url, database_url_file, state),
            releases=load_releases(releases),
            account_id=account_id,
            region=region,
            log_uri_prefixes=tuple(log_uri_prefix or ()),
            requests_per_second=requests_per_second or None,
            audit_log=audit_log,
            job_user=job_user,
            max_running=max_running or (usable_cpus() if runtime == "process" else _MOST_IN_A_CLUSTER),
            kubernetes=kubernetes_settings(
                runtime, {name: value for name, value in cluster.items() if value is not None}
            ),
        )
        check_log_prefixes(settings)
        # Imported late: `--help` needs no web server and no database.
        from emr_containers.server import run

        run(settings, keys=keys, policies=policies, host=host, port=port, reload=access.reload)
    except ConfigurationError as error:
        typer.echo(f"emr-containers: {error}", err=True)
        sys.exit(2)
