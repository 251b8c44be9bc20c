"""The embedded job server: its runtimes, its start, and a virtual cluster to submit to."""

import json
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.processes import Processes
from longshore_cli.embedded.secrets import keep_secret, write_private
from longshore_cli.exceptions import EmbeddedError
from longshore_cli.job_api import client

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient

ACCESS_KEY = "longshore"
REGION = "us-east-1"
_START_SECONDS = 60.0
_MOST_JOBS = 2
"""At the same time, so that all together stays in the memory of a laptop; each is a JVM, 1 to 1.5 GiB."""


@dataclass(frozen=True, kw_only=True)
class JobServer:
    """The running server, and the virtual cluster that the embedded platform uses."""

    endpoint_url: str
    secret_key: str
    virtual_cluster_id: str

    def client(self) -> "EMRContainersClient":
        """A client of it."""
        return _client(self.endpoint_url, self.secret_key)

    def cancel_unfinished(self) -> None:
        """Cancels every unfinished job run and waits until they have ended."""
        emr = self.client()
        for job_run in self._unfinished(emr):
            try:
                emr.cancel_job_run(virtualClusterId=self.virtual_cluster_id, id=job_run)
            except emr.exceptions.ValidationException:
                continue  # it has ended in the meantime
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(self._unfinished(emr)):
            time.sleep(0.2)

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
        release_labels: further names for the Spark release, `emr-7.9.0-latest` say.

    Raises:
        EmbeddedError: it does not start.
    """
    secret_key = keep_secret(layout.secrets / "job-server-key")
    write_private(
        layout.credentials, f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret_key}\n"
    )
    layout.releases.write_text(_releases(layout, release_labels))
    output = processes.start(
        "emr-containers",
        [
            str(Path(sys.executable).parent / "emr-containers"),
            *("serve", f"--port={port}", f"--releases={layout.releases}", f"--state-directory={layout.server}"),
            *(f"--credentials-file={layout.credentials}", f"--region={REGION}", f"--max-running={_MOST_JOBS}"),
        ],
    )
    endpoint_url = _address(output, processes)
    try:
        cluster = _virtual_cluster(_client(endpoint_url, secret_key))
    except (BotoCoreError, ClientError) as error:
        raise EmbeddedError(f"The job server at {endpoint_url} gives no virtual cluster: {error}") from error
    return JobServer(endpoint_url=endpoint_url, secret_key=secret_key, virtual_cluster_id=cluster)


def _client(endpoint_url: str, secret_key: str) -> "EMRContainersClient":
    return client(endpoint_url, region_name=REGION, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=secret_key)


def _address(output: Path, processes: Processes) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        for line in output.read_text().splitlines():
            if "listening on" in line:
                return line.split()[-1]
        time.sleep(0.05)
    raise EmbeddedError(f"The job server did not start within {_START_SECONDS:.0f} s; see {str(output)!r}.")


def _virtual_cluster(emr: "EMRContainersClient") -> str:
    provider = {"type": "EKS", "id": "embedded", "info": {"eksInfo": {"namespace": "default"}}}
    pages = emr.get_paginator("list_virtual_clusters").paginate(states=["RUNNING"], containerProviderId="embedded")
    # Those of other namespaces are environments'.
    for cluster in (cluster for page in pages for cluster in page["virtualClusters"]):
        if cluster["containerProvider"] == provider:
            return cluster["id"]
    return emr.create_virtual_cluster(name="embedded", clientToken=uuid.uuid4().hex, containerProvider=provider)["id"]  # type: ignore[arg-type]  # a literal


def _releases(layout: Layout, further_labels: Sequence[str]) -> str:
    images = layout.root / "images"
    connections = {"LONGSHORE_CONNECTIONS": str(layout.connections)}
    # What the machine decides: one JVM a job, which is driver and executors in one; its heap is the driver's memory.
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
        },
        "delay-report": {
            "kind": "container",
            "command": [str(images / "delay-report/.venv/bin/python")],
            "application_directory": str(images / "delay-report/app"),
            "environment": connections,
        },
    }
    tables |= dict.fromkeys(further_labels, tables["spark-4.1"])
    return "".join(f"[{json.dumps(label)}]\n" + _toml(row) for label, row in tables.items())


def _toml(row: dict[str, object]) -> str:
    # TOML's strings and arrays are written as JSON's; its inline tables are not.
    def value(of: object) -> str:
        if isinstance(of, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {json.dumps(item)}" for key, item in of.items()) + " }"
        return json.dumps(of)

    return "".join(f"{key} = {value(of)}\n" for key, of in row.items()) + "\n"
