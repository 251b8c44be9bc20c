"""The cluster of this process: from KUBECONFIG, as a pod of the cluster, or from ~/.kube/config."""

import os
from pathlib import Path

from longshore_libs.exceptions import NoClusterError
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.pod import ACCOUNT, pod_access

_KUBECONFIG = "~/.kube/config"


async def find_access(*, account: Path = ACCOUNT) -> Access:
    """Returns the access to the cluster that KUBECONFIG names, or that this pod runs in, or of ~/.kube/config.

    Args:
        account: see `pod_access`.

    Raises:
        NoClusterError: none is configured. AccessError: its configuration cannot be used.
    """
    named = os.environ.get("KUBECONFIG")
    if named is None and "KUBERNETES_SERVICE_HOST" in os.environ:
        return pod_access(account=account)
    files = [_expanded(file) for file in (named or _KUBECONFIG).split(os.pathsep) if file]
    if not any(file.exists() for file in files):
        raise NoClusterError(f"the file {str(files[0] if files else named)!r} does not exist")
    from longshore_libs.kubernetes.kubeconfig import kubeconfig_access  # half a second and 40 MB

    return await kubeconfig_access([file for file in files if file.exists()])


def _expanded(file: str) -> Path:
    try:
        return Path(file).expanduser()
    except RuntimeError:  # a container's user may have no home
        return Path(file)
