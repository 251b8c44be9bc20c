"""The embedded job server: its runtimes, its start, and a virtual cluster to submit to."""

import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from longshore_libs.retries import poll, polling

from longshore_cli.base.private_files import read_or_create_secret, write_private
from longshore_cli.base.processes import Processes
from longshore_cli.clients.job_api import client
from longshore_cli.embedded.job_user import (
    JOB_USER,
    compile_applications,
    hand_over,
    report_folders,
    spark_folders,
    unseparated,
)
from longshore_cli.embedded.layout import Layout
from longshore_cli.exceptions import EmbeddedError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient

ACCESS_KEY = "longshore"
REGION = "us-east-1"
_START_SECONDS = 60.0
_MOST_JOBS = 2
"""The most jobs at the same time: each is a JVM of 1 to 1.5 GiB, and all must fit in a laptop's memory."""


@dataclass(frozen=True, kw_only=True)
class JobServer:
    """The running server, and the virtual cluster that the embedded platform uses."""

    endpoint_url: str
    secret_key: str
    virtual_cluster_id: str
    notice: str | None = None
    """A line for the user, if jobs run as root."""

    def client(self) -> "EMRContainersClient":
        """Returns a client of the server."""
        return _client(self.endpoint_url, self.secret_key)

    def cancel_unfinished(self) -> None:
        """Cancels every unfinished job run and waits until they have ended."""
        emr = self.client()
        for job_run in self._unfinished(emr):
            try:
                emr.cancel_job_run(virtualClusterId=self.virtual_cluster_id, id=job_run)
            except emr.exceptions.ValidationException:
                continue  # it has already ended
        poll(lambda: not any(self._unfinished(emr)), waits=polling(20, every=0.2))

    def _unfinished(self, emr: "EMRContainersClient") -> Iterator[str]:
        answer = emr.list_job_runs(
            virtualClusterId=self.virtual_cluster_id, states=["PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"]
        )
        return (run["id"] for run in answer["jobRuns"])


def start_job_server(
    processes: Processes, layout: Layout, *, port: int = 0, release_labels: Sequence[str] = ()
) -> JobServer:
    """Starts the server on 127.0.0.1.

    Args:
        port: 0 takes a free one.
        release_labels: more names for the Spark release, such as `emr-7.9.0-latest`.

    Raises:
        EmbeddedError: the server does not start.
    """
    secret_key = read_or_create_secret(layout.secrets / "job-server-key")
    write_private(
        layout.credentials, f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret_key}\n"
    )
    layout.releases.write_text(_releases(layout, release_labels))
    options, notice = _job_user(layout)
    output = processes.start(
        "emr-containers",
        [
            str(Path(sys.executable).parent / "emr-containers"),
            *("serve", f"--port={port}", f"--releases={layout.releases}", f"--state-directory={layout.server}"),
            *(f"--credentials-file={layout.credentials}", f"--region={REGION}", f"--max-running={_MOST_JOBS}"),
            *options,
        ],
    )
    endpoint_url = _address(output, processes)
    try:
        cluster = _virtual_cluster(_client(endpoint_url, secret_key))
    except (BotoCoreError, ClientError) as error:
        raise EmbeddedError(f"The job server at {endpoint_url} did not return a virtual cluster: {error}") from error
    return JobServer(endpoint_url=endpoint_url, secret_key=secret_key, virtual_cluster_id=cluster, notice=notice)


def _job_user(layout: Layout) -> tuple[list[str], str | None]:
    reason = unseparated()
    if reason:
        return [], f"jobs run as root and can read all secrets here: no user of their own is possible ({reason})"
    if reason is not None:
        return [], None
    hand_over(layout)
    compile_applications(layout)
    return [f"--job-user={JOB_USER}"], None


def _client(endpoint_url: str, secret_key: str) -> "EMRContainersClient":
    return client(endpoint_url, region_name=REGION, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=secret_key)


def _address(output: Path, processes: Processes) -> str:
    def printed() -> str | None:
        processes.check()
        lines = output.read_text().splitlines()
        return next((line.split()[-1] for line in lines if "listening on" in line), None)

    if (address := poll(printed, waits=polling(_START_SECONDS, every=0.05))) is None:
        raise EmbeddedError(f"The job server did not start within {_START_SECONDS:.0f} s; see {str(output)!r}.")
    return address


def _virtual_cluster(emr: "EMRContainersClient") -> str:
    provider = {"type": "EKS", "id": "embedded", "info": {"eksInfo": {"namespace": "default"}}}
    pages = emr.get_paginator("list_virtual_clusters").paginate(states=["RUNNING"], containerProviderId="embedded")
    # Virtual clusters of other namespaces belong to environments.
    for cluster in (cluster for page in pages for cluster in page["virtualClusters"]):
        if cluster["containerProvider"] == provider:
            return cluster["id"]
    return emr.create_virtual_cluster(name="embedded", clientToken=uuid.uuid4().hex, containerProvider=provider)["id"]  # type: ignore[arg-type]  # a literal


def _releases(layout: Layout, further_labels: Sequence[str]) -> str:
    images = layout.root / "images"
    connections = {"LONGSHORE_CONNECTIONS": str(layout.connections)}
    # One JVM for each job, driver and executors in one; its heap is the driver's memory.
    spark = {
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": layout.event_logs.as_uri(),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    tables: dict[str, dict[str, object]] = {
        "spark-4.1": {
            "kind": "spark",
            "command": [str(images / "spark/bin/spark-submit")],
            "application_directory": str(images / "spark/app"),
            "spark_defaults": spark,
            # A laptop may not resolve its own name, and needs no other address.
            "environment": connections | {"SPARK_LOCAL_IP": "127.0.0.1"},
            "job_folders": spark_folders(layout),
        },
        "delay-report": {
            "kind": "container",
            "command": [str(images / "delay-report/.venv/bin/python")],
            "application_directory": str(images / "delay-report/app"),
            "environment": connections,
            "job_folders": report_folders(layout),
        },
    }
    tables |= dict.fromkeys(further_labels, tables["spark-4.1"])
    return "".join(f"[{json.dumps(label)}]\n" + _toml(row) for label, row in tables.items())


def _toml(row: dict[str, object]) -> str:
    # TOML writes strings and arrays as JSON does, but not inline tables.
    def value(of: object) -> str:
        if isinstance(of, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {json.dumps(item)}" for key, item in of.items()) + " }"
        return json.dumps(of)

    return "".join(f"{key} = {value(of)}\n" for key, of in row.items()) + "\n"
