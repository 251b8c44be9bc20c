"""The cluster's parts, and clients of them."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from cluster.cluster_api import ClusterApi
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.clients.job_api import client
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster import addresses, namespaces
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.secrets.keys import Keys, Pair
from support.waiting import until

ROOT = Path(__file__).parents[2]
BUCKET = addresses.BUCKET
ROLE = addresses.ROLE
FIGURES: dict[str, str] = {}
"""Printed at the end of the session: name and value."""
NO_YUNIKORN = "there is no YuniKorn in the cluster: its image could not be had when the cluster was made"
"""Why tests of YuniKorn's are skipped, and counted."""


def eventually(look: Callable[[], Any], *, seconds: float, what: str | Callable[[], str], every: float = 1.0) -> Any:
    """Returns what `look` finds (anything true); the test fails after `seconds`. A cluster is asked once a second."""
    return until(what, look, seconds=seconds, every=every)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster, and clients of its parts."""

    environment: SavedCluster
    kubectl: Kubectl
    keys: Keys

    @cached_property
    def api(self) -> ClusterApi:
        """The cluster's own API."""
        return ClusterApi(self.kubectl.kubeconfig)

    @cached_property
    def emr(self) -> Any:
        """The EMR Containers API, by boto3."""
        one = self.environment
        return client(
            one.endpoint_url,
            region_name=one.region,
            aws_access_key_id=one.access_key,
            aws_secret_access_key=one.secret_key,
        )

    @cached_property
    def airflow(self) -> AirflowApi:
        """Airflow's REST API, signed in; the token lives for a day."""
        one = self.environment
        return AirflowApi(
            one.airflow_url, log_in(one.airflow_url, user=one.airflow_user, password=one.airflow_password)
        )

    @contextmanager
    def s3(self, pair: Pair | None = None) -> Iterator[Any]:
        """The S3 of the cluster, by boto3.

        Args:
            pair: who asks. Default: the platform, who may do everything.
        """
        access_key, secret_key = pair or (self.keys.access_key, self.keys.secret_key)
        with self.kubectl.forward("service/s3", 7070, namespace=namespaces.PLATFORM) as port:
            yield boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name=addresses.REGION,
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
            )

    def pods(self, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        return self.api.pods(namespace, selector)

    def delete_pod(self, namespace: str, name: str) -> None:
        """Deletes a pod at once, as when its node goes down. One that was about to end may be gone by then."""
        words = ("--grace-period=0", "--force", "--ignore-not-found")
        self.kubectl.run("-n", namespace, "delete", "pod", name, *words, what=f"pod {name}")

    def history(self, path: str) -> Any:
        """The History Server's REST API, through its port of this machine."""
        return json.loads(self.page(f"api/v1/{path}"))

    def page(self, path: str) -> bytes:
        """A page of the History Server."""
        with urllib.request.urlopen(f"{addresses.PUBLIC_HISTORY}/{path}", timeout=60) as answer:  # noqa: S310
            return bytes(answer.read())
