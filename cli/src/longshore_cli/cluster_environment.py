"""What the other commands must know of the cluster that `longshore cluster up` made, kept in a file of the checkout."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.embedded.secrets import write_private
from longshore_cli.embedded.surroundings import without_proxy_here
from longshore_cli.exceptions import CliError

_FILE = Path(".longshore/cluster/environment.json")


@dataclass(frozen=True, kw_only=True)
class ClusterEnvironment:
    """Addresses, keys and names of one cluster."""

    endpoint_url: str
    """Of the EMR Containers API."""
    region: str
    access_key: str
    secret_key: str
    virtual_cluster_id: str
    airflow_url: str
    """Without a slash at its end."""
    airflow_user: str
    airflow_password: str
    kubeconfig: str
    """The file's path."""
    context: str
    """In the kubeconfig."""
    kubectl: str = "kubectl"
    """The program: a path, where it is not on the user's."""
    helm: str = "helm"
    """The same of Helm."""
    git_namespace: str
    git_pod_selector: str
    """What `kubectl exec` finds the git server's pod by: `deployment/git`."""
    git_repository: str
    """The bare repository's folder in that pod."""

    def save(self, root: Path) -> None:
        """Writes the file of the checkout `root`, readable by its owner only."""
        path = root / _FILE
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps(dataclasses.asdict(self), indent=2))

    @classmethod
    def load(cls, folder: Path | None = None) -> "ClusterEnvironment | None":
        """The cluster of the checkout that `folder` (the working directory, if not given) lies in; None without one.

        A proxy of the user's is passed by from here on: the cluster's addresses are of this machine.

        Raises:
            CliError: the file is not as `save` writes it.
        """
        start = (folder or Path.cwd()).resolve()
        found = next((path for each in (start, *start.parents) if (path := each / _FILE).is_file()), None)
        if found is None:
            return None
        try:
            environment = cls(**json.loads(found.read_text()))
        except (ValueError, TypeError) as error:
            raise CliError(f"{str(found)!r} is not of this version; make it again: `longshore cluster up`.") from error
        os.environ.update(without_proxy_here(os.environ))
        return environment
