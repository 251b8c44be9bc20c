"""`longshore cluster status`: whether the cluster is there, and which of its parts are not well."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.releases import pod_troubles, ready_pods
from longshore_cli.cluster.secrets import AIRFLOW, ENVIRONMENTS, JOBS, PLATFORM, PUBLIC_GATEWAY, YUNIKORN
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.exceptions import ClusterError

_NAMESPACES = (PLATFORM, YUNIKORN, AIRFLOW, ENVIRONMENTS)
"""Of the charts; not every cluster has YuniKorn."""


def run_status(root: Path) -> None:
    """Prints a row a workload, and what pods say that are not ready.

    Raises:
        ClusterError: there is no cluster, it does not answer, or a part of it is not ready.
    """
    environment = ClusterEnvironment.load(root.resolve())
    kubeconfig = ClusterLayout(root.resolve()).kubeconfig
    kubectl = Kubectl(program=environment.kubectl if environment else "kubectl", kubeconfig=kubeconfig)
    if environment is None or not kubectl.answers():
        raise ClusterError("There is no cluster of this checkout that answers; `longshore cluster up` makes one.")
    console = Console(highlight=False)
    table = Table("namespace", "part", "ready")
    unwell = []
    for namespace in _NAMESPACES:
        for each in kubectl.list("deployments,statefulsets", namespace=namespace):
            ready, wanted = ready_pods(each)
            table.add_row(namespace, each["metadata"]["name"], f"{ready} of {wanted}")
            unwell += [f"{namespace}/{each['metadata']['name']}"] if ready < wanted else []
    console.print(table)
    drivers = kubectl.list("jobs", namespace=JOBS)
    running = sum(job.get("status", {}).get("active", 0) for job in drivers)
    scheduler = "YuniKorn" if _uses_yunikorn(kubectl) else "the default scheduler (there is no YuniKorn)"
    runs = f"{running} running, {len(drivers) - running} ended lately; scheduled by {scheduler}"
    console.print(f"job runs: {runs}", soft_wrap=True)
    for namespace in _NAMESPACES:
        for trouble in pod_troubles(kubectl.list("pods", namespace=namespace)):
            console.print(f"{namespace}/{trouble}", soft_wrap=True)
    if unwell:
        raise ClusterError(f"Not ready: {', '.join(unwell)}.")
    console.print(f"Airflow: {environment.airflow_url}\nEnvironments: {PUBLIC_GATEWAY}/env/<name>\ncluster: ready")


def _uses_yunikorn(kubectl: Kubectl) -> bool:
    server = kubectl.get("deployment", "emr-containers", namespace=PLATFORM)
    containers = server["spec"]["template"]["spec"]["containers"] if server else []
    return any(word.startswith("--yunikorn-url=") for each in containers for word in each["args"])
