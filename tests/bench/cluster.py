"""The cluster of this checkout, for benchmarks that need one."""

import sys
from pathlib import Path

from cluster.parts import ROOT, Cluster
from longshore_cli.cluster import secrets
from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.exceptions import CliError


def live_cluster() -> Cluster:
    """The cluster; the benchmark ends with what to do where there is none, or where it does not answer."""
    try:
        environment = ClusterEnvironment.load(ROOT)
    except CliError as error:
        sys.exit(str(error))
    if environment is None:
        sys.exit("There is no cluster: make one with `make cluster`.")
    kubectl = Kubectl(program=environment.kubectl, kubeconfig=Path(environment.kubeconfig))
    if not kubectl.answers():
        sys.exit("The cluster does not answer: see `longshore cluster status`, and `make cluster`.")
    return Cluster(environment=environment, kubectl=kubectl, keys=secrets.keep_keys(kubectl))
