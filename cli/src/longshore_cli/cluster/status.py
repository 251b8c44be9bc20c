"""`longshore cluster status`: shows whether the cluster runs, and which of its parts are not ready."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster.addresses import PUBLIC_GATEWAY
from longshore_cli.cluster.charts.readiness import pod_problems, ready_pods
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.namespaces import AIRFLOW, ENVIRONMENTS, JOBS, OBSERVABILITY, PLATFORM, YUNIKORN
from longshore_cli.exceptions import ClusterError

_NAMESPACES = (PLATFORM, YUNIKORN, AIRFLOW, ENVIRONMENTS, OBSERVABILITY)
"""The namespaces of the charts; not every cluster has YuniKorn, and metrics and logs."""


def run_status(root: Path) -> None:
    """Prints a row for each workload, and why pods are not ready.

    Raises:
        ClusterError: the cluster does not exist or answer, or a part of it is not ready.
    """
    environment = SavedCluster.load(root.resolve())
    kubeconfig = ClusterLayout(root.resolve()).kubeconfig
    kubectl = Kubectl(program=environment.kubectl if environment else "kubectl", kubeconfig=kubeconfig)
    if environment is None or not kubectl.answers():
        raise ClusterError("This checkout has no cluster that answers. Make one with `longshore cluster up`.")
    console = Console(highlight=False)
    table = Table("namespace", "part", "ready")
    not_ready = []
    for namespace in _NAMESPACES:
        for each in kubectl.list("deployments,statefulsets", namespace=namespace):
            ready, wanted = ready_pods(each)
            table.add_row(namespace, each["metadata"]["name"], f"{ready} of {wanted}")
            not_ready += [f"{namespace}/{each['metadata']['name']}"] if ready < wanted else []
    console.print(table)
    drivers = kubectl.list("jobs", namespace=JOBS)
    running = sum(job.get("status", {}).get("active", 0) for job in drivers)
    scheduler = "YuniKorn" if _uses_yunikorn(kubectl) else "the default scheduler (YuniKorn is not installed)"
    runs = f"{running} running, {len(drivers) - running} ended recently; scheduled by {scheduler}"
    console.print(f"job runs: {runs}", soft_wrap=True)
    for namespace in _NAMESPACES:
        for trouble in pod_problems(kubectl.list("pods", namespace=namespace)):
            console.print(f"{namespace}/{trouble}", soft_wrap=True)
    if not_ready:
        raise ClusterError(f"Not ready: {', '.join(not_ready)}.")
    console.print(f"Airflow: {environment.airflow_url}\nEnvironments: {PUBLIC_GATEWAY}/env/<name>\ncluster: ready")


def _uses_yunikorn(kubectl: Kubectl) -> bool:
    server = kubectl.get("deployment", "emr-containers", namespace=PLATFORM)
    containers = server["spec"]["template"]["spec"]["containers"] if server else []
    return any(word.startswith("--yunikorn-url=") for each in containers for word in each["args"])
