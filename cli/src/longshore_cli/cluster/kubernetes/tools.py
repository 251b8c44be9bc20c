"""The programs that talk to the cluster: from the path, or built from Go modules if they are missing."""

import shutil
from dataclasses import dataclass

from longshore_cli.base.progress import Say
from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.images.node_image import FOLDER, K8S, VERSION_FLAGS
from longshore_cli.cluster.layout import ClusterLayout

HOST_TOOLS = {"kind": "sigs.k8s.io/kind", "helm": "helm.sh/helm/v4/cmd/helm", "kubectl": f"{K8S}/kubectl"}


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The programs that talk to the cluster."""

    kind: str
    helm: str
    kubectl: str


def find_tools(layout: ClusterLayout, say: Say) -> Tools:
    """Finds the programs on the path, and builds missing ones.

    Raises:
        ClusterError: a missing program cannot be built.
    """
    found = {name: shutil.which(name) for name in HOST_TOOLS}
    missing = _missing()
    if missing:
        built = go_programs.build(layout, FOLDER, missing, say, linker=VERSION_FLAGS)
        found |= {
            go_programs.program_name(package): str(built / go_programs.program_name(package)) for package in missing
        }
    return Tools(**{name: str(path) for name, path in found.items()})


def find_helm(layout: ClusterLayout) -> str | None:
    """Returns the helm on the path, or the one that `find_tools` built earlier; None if there is neither."""
    built = go_programs.built(layout, FOLDER, _missing(), linker=VERSION_FLAGS) / "helm"
    return shutil.which("helm") or (str(built) if built.is_file() else None)


def _missing() -> list[str]:
    """Returns the Go packages of the programs that are not on the path."""
    return [package for name, package in HOST_TOOLS.items() if shutil.which(name) is None]
