"""`longshore cluster status`: whether the cluster is there, and which of its parts are not well."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.releases import pod_troubles, ready_pods
from longshore_cli.cluster.secrets import AIRFLOW, JOBS, PLATFORM
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.exceptions import ClusterError


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
    for namespace in (PLATFORM, AIRFLOW):
        for each in kubectl.list("deployments,statefulsets", namespace=namespace):
            ready, wanted = ready_pods(each)
            table.add_row(namespace, each["metadata"]["name"], f"{ready} of {wanted}")
            unwell += [f"{namespace}/{each['metadata']['name']}"] if ready < wanted else []
    console.print(table)
    drivers = kubectl.list("jobs", namespace=JOBS)
    running = sum(job.get("status", {}).get("active", 0) for job in drivers)
    console.print(f"job runs: {running} running, {len(drivers) - running} ended lately")
    for namespace in (PLATFORM, AIRFLOW):
        for trouble in pod_troubles(kubectl.list("pods", namespace=namespace)):
            console.print(f"{namespace}/{trouble}", soft_wrap=True)
    if unwell:
        raise ClusterError(f"Not ready: {', '.join(unwell)}.")
    console.print(f"Airflow: {environment.airflow_url}\ncluster: ready")
