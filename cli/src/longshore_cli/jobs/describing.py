"""Gathers what `longshore jobs describe` tells: the run, its record, its pods, and the places of its logs."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from longshore_cli.base.progress import Say
from longshore_cli.clients.job_api import JobApi
from longshore_cli.clients.job_pods import JobPods
from longshore_cli.exceptions import ClusterError
from longshore_cli.jobs.description import describe
from longshore_cli.jobs.log_sources import containers_folder, log_uri
from longshore_cli.jobs.record import read_record
from longshore_cli.jobs.runs import find_job_run

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef


def gather(api: JobApi, job_run: str, *, wanted_cluster: str | None, say: Say) -> dict[str, Any]:
    """Returns the job run and all that it left: see `description.describe`.

    Args:
        say: takes a line for what cannot be told.

    Raises:
        ApiError: the run does not exist, or the API refuses.
    """
    run = find_job_run(api, job_run, wanted_cluster=wanted_cluster)
    pods = None
    if api.cluster is not None:
        try:
            pods = JobPods(cluster=api.cluster, job_run=run["id"]).all()
        except ClusterError as error:
            say(f"{error}")
    return describe(
        run,
        now=datetime.now(UTC),
        record=read_record(api, run),
        pods=pods,
        logs=log_places(run, endpoint_url=None if api.is_aws else api.endpoint_url),
        history_server=_history(api, run),
    )


def log_places(run: "JobRunTypeDef", *, endpoint_url: str | None) -> dict[str, str]:
    """Returns the addresses of the run's logs by what they hold. Pure.

    Args:
        endpoint_url: that of our own server, which has a page for the driver's log; None at AWS.
    """
    folder = containers_folder(run)
    found = {}
    if uri := log_uri(run):
        found["driver"] = f"{uri.rstrip('/')}/{folder}/spark-{run['id']}-driver/"
    elif endpoint_url is not None:
        path = f"virtualclusters/{run['virtualClusterId']}/jobruns/{run['id']}/logs"
        found["driver"] = f"{endpoint_url.rstrip('/')}/{path}"
    if uri.startswith("s3://") and endpoint_url is None:
        found["executors"] = f"{uri.rstrip('/')}/{folder}/"
    return found


def _history(api: JobApi, run: "JobRunTypeDef") -> str | None:
    # Our own server gives each Spark job the application ID `spark-<job run ID>`, at which it logs its events.
    server = api.cluster.history_server_url if api.cluster else ""
    return f"{server.rstrip('/')}/history/spark-{run['id']}/jobs/" if server else None
