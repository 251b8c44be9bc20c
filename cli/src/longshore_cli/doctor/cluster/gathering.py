"""Gathers the facts about the checkout's cluster by Docker, kind, kubectl, Helm and Airflow's API: the thin edge."""

import base64
import json
import shutil
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from longshore_cli.base.programs import run
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.layout import NAME
from longshore_cli.cluster.namespaces import ENVIRONMENTS, JOBS, PLATFORM, YUNIKORN
from longshore_cli.doctor.cluster.facts import ClusterFacts, ServerPod, Volume
from longshore_cli.exceptions import CliError, ClusterError

_SECONDS = 20.0
_SERVER = "app.kubernetes.io/component=server,app.kubernetes.io/name=longshore"
_ASK = """
import sys, urllib.error, urllib.request
try:
    for page in ("readyz", "metrics"):
        print(urllib.request.urlopen(f"http://127.0.0.1:8998/{page}", timeout=10).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
except OSError as error:
    sys.exit(str(error))
"""
"""The program that asks a pod of the job server whether it is ready, and then for its metrics."""


def gather(saved: SavedCluster) -> ClusterFacts:
    """Returns the facts about a checkout's cluster."""
    now = datetime.now(UTC)
    kind = shutil.which("kind") or str(Path(saved.kubectl).with_name("kind"))
    named = {"docker": "docker", "kind": kind, "kubectl": saved.kubectl, "helm": saved.helm}
    missing = tuple(name for name, program in named.items() if shutil.which(program) is None)
    docker_fault = _fault(["docker", "version", "--format", "{{.Server.Version}}"], what="Docker does not answer")
    exists = docker_fault is None and "kind" not in missing and _exists(kind)
    kubectl = Kubectl(program=saved.kubectl, kubeconfig=Path(saved.kubeconfig))
    api_fault = "kubectl is missing." if "kubectl" in missing else None
    if exists and api_fault is None:
        api_fault = _fault([*kubectl.command, "get", "--raw", "/readyz"], what="it does not answer")
    start: dict[str, Any] = {
        "now": now,
        "missing_programs": missing,
        "docker_fault": docker_fault,
        "exists": exists,
        "api_fault": api_fault,
        "api_certificate_ends": _certificate_end(Path(saved.kubeconfig)),
    }
    if not exists or api_fault is not None:
        return ClusterFacts(**start)
    try:
        return ClusterFacts(**start, **_objects(kubectl, saved, helm="helm" not in missing))
    except ClusterError as error:
        return ClusterFacts(**start | {"api_fault": f"{error}"})


def _objects(kubectl: Kubectl, saved: SavedCluster, *, helm: bool) -> dict[str, Any]:
    nodes = kubectl.list("nodes")
    servers = kubectl.list("pods", namespace=PLATFORM, selector=_SERVER)
    fault, failures = _airflow(saved)
    deployment = kubectl.get("deployment", "emr-containers", namespace=PLATFORM)
    return {
        "nodes": tuple(nodes),
        "pods": tuple(pod for pod in kubectl.list("pods") if pod["metadata"]["namespace"] != JOBS),
        "releases": tuple(_releases(saved)) if helm else (),
        "servers": tuple(_server(kubectl, pod["metadata"]["name"]) for pod in servers),
        "server_uses_yunikorn": uses_yunikorn(deployment),
        "yunikorn": tuple(kubectl.list("deployments", namespace=YUNIKORN)),
        "volumes": tuple(each for node in nodes for each in _volumes(kubectl, node["metadata"]["name"])),
        "environments": tuple(kubectl.list("airflowenvironments.longshore.dev", namespace=ENVIRONMENTS)),
        "airflow_fault": fault,
        "import_failures": failures,
    }


def uses_yunikorn(deployment: dict[str, Any] | None) -> bool:
    """Returns true if the job server's Deployment gives its pods to YuniKorn. Pure."""
    containers = deployment["spec"]["template"]["spec"]["containers"] if deployment else []
    return any(word.startswith("--yunikorn-url=") for each in containers for word in each.get("args", ()))


def dispatches(metrics: str) -> bool:
    """Returns true if a server's page of metrics says that it dispatches. Pure."""
    values = [line.split()[-1] for line in metrics.splitlines() if line.startswith("emr_containers_dispatcher_up ")]
    return values == ["1.0"]


def volumes_of(summary: dict[str, Any], *, node: str) -> Iterator[Volume]:
    """Yields a node's disk and its volumes from the kubelet's summary. Pure. Source: Kubernetes, "Summary API"."""
    disk = summary.get("node", {}).get("fs", {})
    yield Volume(name=f"the disk of node {node}", used=disk.get("usedBytes", 0), capacity=disk.get("capacityBytes", 0))
    for pod in summary.get("pods", []):
        for each in pod.get("volume", []):
            if claim := each.get("pvcRef"):
                name = f"the volume {claim['namespace']}/{claim['name']}"
                yield Volume(name=name, used=each.get("usedBytes", 0), capacity=each.get("capacityBytes", 0))


def _volumes(kubectl: Kubectl, node: str) -> Iterator[Volume]:
    try:
        found = kubectl.run("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary", what=node)
    except ClusterError:
        return  # a node that is not ready has no kubelet to ask; the check of nodes says so
    yield from volumes_of(json.loads(found), node=node)


def _server(kubectl: Kubectl, pod: str) -> ServerPod:
    # In the pod itself: NetworkPolicies may keep the API server, which could be a proxy, from its port.
    try:
        metrics = kubectl.run("-n", PLATFORM, "exec", pod, "--", "python", "-c", _ASK, what="it does not answer")
    except ClusterError as error:
        return ServerPod(name=pod, fault=str(error).splitlines()[-1], dispatches=False)
    return ServerPod(name=pod, fault=None, dispatches=dispatches(metrics))


def _releases(saved: SavedCluster) -> list[dict[str, Any]]:
    command = [saved.helm, "--kubeconfig", saved.kubeconfig, "list", "--all", "--all-namespaces", "--output", "json"]
    return list(json.loads(run(command, what="Helm's releases cannot be listed", timeout=_SECONDS)))


def _airflow(saved: SavedCluster) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    try:
        token = log_in(saved.airflow_url, user=saved.airflow_user, password=saved.airflow_password)
        return None, tuple(AirflowApi(saved.airflow_url, token).import_failures())
    except CliError as error:
        return f"{error}", ()


def _exists(kind: str) -> bool:
    try:
        return NAME in run([kind, "get", "clusters"], what="kind's clusters cannot be listed", timeout=_SECONDS).split()
    except ClusterError:
        return False


def _fault(command: list[str], *, what: str) -> str | None:
    try:
        run(command, what=what, timeout=_SECONDS)
    except ClusterError as error:
        return f"{error}"
    return None


def _certificate_end(kubeconfig: Path) -> datetime | None:
    """Returns the end of the certificate that the API server shows, if it is that of the kubeconfig's authority."""
    try:
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        address = urlsplit(cluster["server"])
        context = ssl.create_default_context(cadata=authority)
        with (
            socket.create_connection((address.hostname or "", address.port or 443), timeout=5) as connection,
            context.wrap_socket(connection, server_hostname=address.hostname) as wrapped,
        ):
            shown = wrapped.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    except (OSError, ValueError, KeyError, IndexError, TypeError, yaml.YAMLError):
        return None
