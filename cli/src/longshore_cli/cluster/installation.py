"""Everything that `longshore cluster up` writes into a running cluster, each thing once and in its final form.

Jobs and DAGs go on meanwhile. So no object is deleted and made again, none is written without a part that follows
later, and what an Airflow needs is there before its release changes: first the platform, then the virtual cluster and
the job templates, then Airflow with its connections, then environments. An unchanged input changes nothing.

Only a new cluster's job server gets its policies twice, because the virtual cluster's ID is known once it runs. Airflow
and environments do not exist then.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from longshore_cli.base.progress import Say
from longshore_cli.cluster import namespaces, seeding
from longshore_cli.cluster.charts.readiness import wait_ready
from longshore_cli.cluster.charts.releases import Settings, image_settings, install
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.secrets import policies
from longshore_cli.cluster.secrets.keys import Keys
from longshore_cli.cluster.secrets.manifests import (
    airflow_connections,
    environments_secrets,
    job_secrets,
    platform_secrets,
)
from longshore_cli.templates.api import apply

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient

_READY_SECONDS = 300.0
_COLLECTOR = f"http://collector.{namespaces.OBSERVABILITY}:4318"
_LOGS = f"http://logs.{namespaces.OBSERVABILITY}:9428"
_PLATFORM_IMAGES = {
    "server.image": "emr-containers",
    "history.image": "spark",
    "platformDatabase.image": "postgres",
    "lakeDatabase.image": "postgres",
    "s3.image": "s3",
    "git.image": "git",
    "releases.spark-4\\.1.image": "spark",
    "releases.delay-report.image": "delay-report",
}
_AIRFLOW_IMAGES = {"image": "airflow"}
_ENVIRONMENTS_IMAGES = {"image": "environments", "environments.image": "airflow", "gateway.image": "gateway"}


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One cluster, and what is installed in it."""

    layout: ClusterLayout
    tools: Tools
    kubectl: Kubectl
    keys: Keys
    emr: "EMRContainersClient"
    """A client of the cluster's job server, which may not run yet."""
    tags: Mapping[str, str]
    """The images' tags by name."""
    yunikorn: Settings | None
    """The values of YuniKorn's chart; None where its image is unavailable."""
    observed: bool
    """True if Airflow's metrics and the pods' lines have a collector."""
    say: Say

    def install(self) -> str:
        """Installs or upgrades everything. Returns the ID of production's virtual cluster.

        Raises:
            ClusterError: the cluster or the job server refuses, or does not answer.
            TemplateError: the job server refuses a job template.
        """
        self.kubectl.apply(*platform_secrets(self.keys))
        if self.yunikorn is not None:
            self.kubectl.apply(*namespaces.namespace_manifests(namespaces.YUNIKORN))
            self._release("yunikorn", namespace=namespaces.YUNIKORN, settings=self.yunikorn)
        before = connected_virtual_cluster(self.kubectl)
        self._install_platform(production=before)
        self.kubectl.apply(*job_secrets(self.keys, namespaces.JOBS))
        self.wait_ready(namespaces.PLATFORM)
        if self.yunikorn is not None:
            self.wait_ready(namespaces.YUNIKORN)
        production = seeding.ensure_virtual_cluster(self.emr)
        if production != before:
            self._install_platform(production=production)
            self.wait_ready(namespaces.PLATFORM)
        for line in apply(self.emr, self.layout.root / "job-templates"):
            self.say(f"job template {line}")
        self.kubectl.apply(airflow_connections(self.keys, virtual_cluster_id=production))
        if before not in (None, production):
            seeding.refresh_secrets(self.kubectl, reason=f"virtual-cluster={production}")
        airflow: Settings = {
            **image_settings(self.tags, _AIRFLOW_IMAGES),
            # Without a collector each task would try to reach one at its end.
            "metrics.otlpUrl": _COLLECTOR if self.observed else "",
        }
        self._release("airflow", namespace=namespaces.AIRFLOW, settings=airflow)
        self._install_environments()
        self.say("the charts are installed; their pods are starting")
        return production

    def wait_ready(self, namespace: str) -> None:
        """Waits until the namespace's pods are ready.

        Raises:
            ClusterError: it takes too long.
        """
        wait_ready(self.kubectl, namespace=namespace, seconds=_READY_SECONDS, say=self.say)

    def _install_platform(self, *, production: str | None) -> None:
        settings: Settings = {
            **image_settings(self.tags, _PLATFORM_IMAGES),
            "yunikorn.enabled": self.yunikorn is not None,
            "server.logsUrl": _LOGS if self.observed else "",
            "server.policies": policies.job_server_policies(self.keys, production=production),
        }
        self._release("longshore", namespace=namespaces.PLATFORM, settings=settings)

    def _install_environments(self) -> None:
        self.kubectl.apply(*environments_secrets(self.keys))
        scheduler = f"{namespaces.YUNIKORN}/yunikorn" if self.yunikorn is not None else ""
        settings: Settings = {
            **image_settings(self.tags, _ENVIRONMENTS_IMAGES),
            "jobs.yunikornServiceAccount": scheduler,
        }
        self._release("environments", namespace=namespaces.ENVIRONMENTS, settings=settings)

    def _release(self, chart: str, *, namespace: str, settings: Settings) -> None:
        install(self.layout, self.tools, chart=chart, namespace=namespace, settings=settings, say=self.say)


def connected_virtual_cluster(kubectl: Kubectl) -> str | None:
    """Returns the ID of the virtual cluster that Airflow's connection names; None in a new cluster.

    The cluster itself knows it, so that another checkout, or one that was cleaned, upgrades the cluster like its own.

    Raises:
        ClusterError: the cluster refuses, or does not answer.
    """
    found = kubectl.get("secret", "airflow-connections", namespace=namespaces.AIRFLOW)
    if found is None:
        return None
    connections = json.loads(base64.b64decode(found["data"]["connections.json"]))
    settings: dict[str, str] = connections["aws_default"]["extra"]["service_config"]["emr-containers"]
    return settings.get("virtual_cluster_id")
