"""The addresses and keys of the cluster that `longshore cluster up` made, kept in a file for the other commands."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.base.environment_variables import no_proxy_for_localhost
from longshore_cli.base.private_files import write_private
from longshore_cli.exceptions import CliError

_FILE = Path(".longshore/cluster/environment.json")


@dataclass(frozen=True, kw_only=True)
class SavedCluster:
    """Addresses, keys and names of one cluster."""

    endpoint_url: str
    """The address of the EMR Containers API."""
    region: str
    access_key: str
    secret_key: str
    virtual_cluster_id: str
    airflow_url: str
    """The address without a trailing slash."""
    airflow_user: str
    airflow_password: str
    kubeconfig: str
    """The file's path."""
    context: str
    """The context in the kubeconfig."""
    kubectl: str = "kubectl"
    """The program kubectl: a path if it is not on the user's `PATH`."""
    helm: str = "helm"
    """The program Helm: a path if it is not on the user's `PATH`."""
    git_namespace: str
    git_pod_selector: str
    """The git server for `kubectl exec`: `deployment/git`."""
    git_repository: str
    """The bare repository's folder in that pod."""
    history_server_url: str = ""
    """The Spark History Server's address, without a trailing slash; empty for a cluster of an earlier version."""

    def save(self, root: Path) -> None:
        """Writes the file in the checkout `root`; only its owner can read it."""
        path = root / _FILE
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps(dataclasses.asdict(self), indent=2))

    @classmethod
    def load(cls, folder: Path | None = None) -> "SavedCluster | None":
        """Returns the cluster of the checkout around `folder` (by default the working directory); None if it has none.

        From here on, this process uses no proxy for addresses of this machine, where the cluster is.

        Raises:
            CliError: the file was not written by this version of `save`.
        """
        start = (folder or Path.cwd()).resolve()
        found = next((path for each in (start, *start.parents) if (path := each / _FILE).is_file()), None)
        if found is None:
            return None
        try:
            environment = cls(**json.loads(found.read_text()))
        except (ValueError, TypeError) as error:
            raise CliError(
                f"{str(found)!r} was written by another version; write it again by `longshore cluster up`."
            ) from error
        os.environ.update(no_proxy_for_localhost(os.environ))
        return environment
