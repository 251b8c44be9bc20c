"""Job runs of a job server, and of an embedded platform's, as any client starts them and waits for them."""

import itertools
from typing import TYPE_CHECKING, Any

from support.waiting import until

if TYPE_CHECKING:
    from longshore_cli.embedded.platform import Platform

ENDED = ("COMPLETED", "FAILED", "CANCELLED")
ROLE = "arn:aws:iam::000000000000:role/longshore-job"
_namespaces = itertools.count()


def new_cluster(emr: Any, name: str = "local") -> str:
    """Makes a virtual cluster in a namespace of its own; returns its ID."""
    provider = {"type": "EKS", "id": "local", "info": {"eksInfo": {"namespace": f"jobs-{next(_namespaces)}"}}}
    return str(emr.create_virtual_cluster(name=name, containerProvider=provider)["id"])


def job(script: str, *arguments: str, **changes: Any) -> dict[str, Any]:
    """Returns the members of StartJobRun that run a script of the release `shell`."""
    driver: dict[str, Any] = {"entryPoint": f"local:///opt/longshore/{script}"}
    if arguments:
        driver["entryPointArguments"] = list(arguments)
    return {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": {"sparkSubmitJobDriver": driver}} | changes


def wait(emr: Any, cluster: str, job_run: str, *states: str, seconds: float = 45.0) -> dict[str, Any]:
    """Returns a job run once it is in one of `states`, by default a final one.

    Raises:
        AssertionError: it is in none of them after `seconds`.
    """
    run: dict[str, Any] = {}

    def there() -> bool:
        nonlocal run
        run = emr.describe_job_run(virtualClusterId=cluster, id=job_run)["jobRun"]
        return run["state"] in (states or ENDED)

    until(
        lambda: f"{job_run} is in {states or ENDED}; it is {run['state']} ({run.get('stateDetails')})",
        there,
        seconds=seconds,
        every=0.05,
    )
    return run


def start_template(platform: "Platform", template: str, **parameters: str) -> str:
    """Starts a job run of the named template; returns its ID."""
    emr = platform.server.client()
    templates = {each["name"]: each["id"] for each in emr.list_job_templates()["templates"]}
    return str(
        emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
            virtualClusterId=platform.server.virtual_cluster_id,
            jobTemplateId=templates[template],
            jobTemplateParameters=parameters,
        )["id"]
    )


def start_driver(platform: "Platform", driver: dict[str, Any], *, cluster: str | None = None, **overrides: Any) -> str:
    """Starts a job run of the release spark-4.1; returns its ID.

    Args:
        driver: the member `jobDriver`.
        cluster: a virtual cluster other than the platform's own.
        overrides: members of `configurationOverrides`.
    """
    return str(
        platform.server.client().start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
            virtualClusterId=cluster or platform.server.virtual_cluster_id,
            releaseLabel="spark-4.1",
            executionRoleArn=ROLE,
            jobDriver=driver,  # type: ignore[arg-type]
            configurationOverrides=overrides,  # type: ignore[arg-type]
        )["id"]
    )


def ended(platform: "Platform", job_run: str, *, cluster: str | None = None) -> dict[str, Any]:
    """Returns a job run once it has ended."""
    return wait(platform.server.client(), cluster or platform.server.virtual_cluster_id, job_run, seconds=300.0)


def driver_streams(platform: "Platform", job_run: str, *, cluster: str | None = None) -> tuple[str, str]:
    """The driver's stdout and stderr (spark-submit puts a Python driver's stderr into its stdout), where the run named
    no place for its logs."""
    logs = platform.layout.server / "logs" / (cluster or platform.server.virtual_cluster_id)
    folder = logs / "jobs" / job_run / "containers" / f"spark-{job_run}" / f"spark-{job_run}-driver"
    return (folder / "stdout").read_text(), (folder / "stderr").read_text()
