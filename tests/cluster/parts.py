"""The cluster's parts, and clients of them."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from longshore_cli.airflow_api import AirflowApi, log_in
from longshore_cli.cluster import secrets
from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.job_api import client

ROOT = Path(__file__).parents[2]
BUCKET = secrets.BUCKET
ROLE = secrets.ROLE
FIGURES: dict[str, str] = {}
"""Printed at the end of the session: name and value."""
NOT_RUN = "there is no YuniKorn in the cluster: its image could not be had when the cluster was made"
"""Why tests of YuniKorn's are skipped, and counted."""


def eventually(look: Callable[[], Any], *, seconds: float, what: str, every: float = 1.0) -> Any:
    """What `look` finds (anything true), asked again until then; fails the test after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(every)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster, and clients of its parts."""

    environment: ClusterEnvironment
    kubectl: Kubectl
    keys: secrets.Keys

    @property
    def emr(self) -> Any:
        """The EMR Containers API, by boto3."""
        one = self.environment
        return client(
            one.endpoint_url,
            region_name=one.region,
            aws_access_key_id=one.access_key,
            aws_secret_access_key=one.secret_key,
        )

    @property
    def airflow(self) -> AirflowApi:
        """Airflow's REST API; a token of now."""
        one = self.environment
        return AirflowApi(
            one.airflow_url, log_in(one.airflow_url, user=one.airflow_user, password=one.airflow_password)
        )

    @contextmanager
    def s3(self, pair: secrets.Pair | None = None) -> Iterator[Any]:
        """The S3 of the cluster, by boto3.

        Args:
            pair: who asks. Default: the platform, who may do everything.
        """
        access_key, secret_key = pair or (self.keys.access_key, self.keys.secret_key)
        with self.kubectl.forward("service/s3", 7070, namespace=secrets.PLATFORM) as port:
            yield boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name=secrets.REGION,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
            )

    def pods(self, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        return self.kubectl.list("pods", namespace=namespace, selector=selector)

    def delete_pod(self, namespace: str, name: str) -> None:
        """As a node does that goes down: at once."""
        self.kubectl.run("-n", namespace, "delete", "pod", name, "--grace-period=0", "--force", what=f"pod {name}")

    def history(self, path: str) -> Any:
        """The History Server's REST API, through its port of this machine."""
        return json.loads(self.page(f"api/v1/{path}"))

    def page(self, path: str) -> bytes:
        """A page of the History Server."""
        with urllib.request.urlopen(f"{secrets.PUBLIC_HISTORY}/{path}", timeout=60) as answer:  # noqa: S310
            return bytes(answer.read())
