"""The cluster of this checkout, for benchmarks that need one."""

import sys
import time
from pathlib import Path

from cluster.parts import ROOT, Cluster
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.secrets.keys import read_or_create_keys
from longshore_cli.exceptions import CliError

_STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress, with the seconds since the start before it."""
    print(f"{time.monotonic() - _STARTED:6.1f} s  {text}", flush=True)  # noqa: T201  a benchmark prints


def live_cluster() -> Cluster:
    """The cluster; the benchmark ends with what to do where there is none, or where it does not answer."""
    try:
        environment = SavedCluster.load(ROOT)
    except CliError as error:
        sys.exit(str(error))
    if environment is None:
        sys.exit("There is no cluster: make one with `make cluster`.")
    kubectl = Kubectl(program=environment.kubectl, kubeconfig=Path(environment.kubeconfig))
    if not kubectl.answers():
        sys.exit("The cluster does not answer: see `longshore cluster status`, and `make cluster`.")
    return Cluster(environment=environment, kubectl=kubectl, keys=read_or_create_keys(kubectl))
