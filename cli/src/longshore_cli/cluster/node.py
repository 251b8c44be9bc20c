"""The node's image: kind's own where it can be pulled, ours where not; and the local registry's."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.cluster import docker, go
from longshore_cli.cluster.bases import ensure_base
from longshore_cli.cluster.digests import digest, files
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.shell import run
from longshore_cli.embedded.platform import Say

PUBLISHED_NODE = "kindest/node:v1.37.0"
"""The default of kind 0.33."""
PUBLISHED_REGISTRY = "registry:3"
KUBERNETES = "v1.36.3"
"""What ours is built from; go.mod has the same."""

_FOLDER = "images/kind-node"
_TOOLS = "longshore.dev/node-tools:1"
_K8S = "k8s.io/kubernetes/cmd"
_PROGRAMS = (
    *(f"{_K8S}/{name}" for name in ("kubelet", "kubeadm", "kubectl", "kube-proxy")),
    *(f"{_K8S}/{name}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")),
    "go.etcd.io/etcd/server/v3",
    "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
    *(f"github.com/containernetworking/plugins/plugins/{name}" for name in ("main/ptp", "main/loopback")),
    *(f"github.com/containernetworking/plugins/plugins/{name}" for name in ("ipam/host-local", "meta/portmap")),
    "github.com/rancher/local-path-provisioner",
    "./coredns",
    "./pause",
)
_APART = ("github.com/rancher/local-path-provisioner",)
"""It imports logrus by its old name, which Go does not allow beside the new one."""
_CONTAINERD = tuple(
    f"github.com/containerd/containerd/v2/cmd/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")
)
_VERSION_FLAGS = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in zip(
        ("gitVersion", "gitMajor", "gitMinor"), (KUBERNETES, *KUBERNETES[1:].split(".")[:2]), strict=True
    )
)
_REGISTRY = "github.com/distribution/distribution/v3/cmd/registry"
HOST_TOOLS = {"kind": "sigs.k8s.io/kind", "helm": "helm.sh/helm/v4/cmd/helm", "kubectl": f"{_K8S}/kubectl"}


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The programs that talk to the cluster."""

    kind: str
    helm: str
    kubectl: str


def find_tools(layout: ClusterLayout, say: Say) -> Tools:
    """Those on the path; what is missing is built.

    Raises:
        ClusterError: one is not there and cannot be built.
    """
    found = {name: shutil.which(name) for name in HOST_TOOLS}
    missing = [package for name, package in HOST_TOOLS.items() if found[name] is None]
    if missing:
        built = go.build(layout, _FOLDER, missing, say, linker=_VERSION_FLAGS)
        found |= {go.program_name(package): str(built / go.program_name(package)) for package in missing}
    return Tools(**{name: str(path) for name, path in found.items()})


def registry_image(layout: ClusterLayout, say: Say) -> str:
    """The name of an image of the registry that the engine has.

    Raises:
        ClusterError: it can be neither pulled nor built.
    """
    if docker.pull(PUBLISHED_REGISTRY):
        return PUBLISHED_REGISTRY
    program = go.build(layout, _FOLDER, [_REGISTRY], say) / "registry"
    name = f"longshore/registry:{digest([('registry', program)])}"
    if not docker.has_image(name):
        docker.import_program(name, program, called="registry")
    return name


def node_image(layout: ClusterLayout, say: Say) -> str:
    """The name of an image for kind's nodes that the engine has.

    Raises:
        ClusterError: it can be neither pulled nor built.
    """
    if docker.pull(PUBLISHED_NODE):
        return PUBLISHED_NODE
    ensure_base(say)
    sources = list(files(layout.root, [f"{_FOLDER}/{name}" for name in ("Containerfile", "files")]))
    programs = go.build(layout, _FOLDER, _PROGRAMS, say, linker=_VERSION_FLAGS, apart=_APART)
    runtime = go.build(layout, f"{_FOLDER}/containerd", _CONTAINERD, say)
    name = f"longshore/kind-node:{KUBERNETES}-{digest(sources, programs.name, runtime.name)}"
    if not docker.has_image(name):
        say(f"{PUBLISHED_NODE} cannot be pulled: building {name}")
        binaries = [(f"{_FOLDER}/build/bin/{path.name}", path) for path in (*programs.iterdir(), *runtime.iterdir())]
        with tempfile.TemporaryDirectory(prefix="longshore-node-") as folder:
            _build(name, sources + binaries, programs, Path(folder))
    return name


def _build(name: str, context: list[tuple[str, Path]], programs: Path, folder: Path) -> None:
    containerfile = f"{_FOLDER}/Containerfile"
    docker.build(_TOOLS, containerfile=containerfile, context=context, target="tools")
    names = _image_names(programs / "kubeadm")
    on_control_plane = []
    for component, image in names.items():
        program = programs / ("server" if component == "etcd" else component)
        if component == "kube-proxy":
            docker.tag(_TOOLS, image)
            continue
        docker.import_program(image, program, called=component)
        on_control_plane += [image] if component not in ("pause", "coredns") else []
    docker.save([_TOOLS, names["kube-proxy"], names["pause"], names["coredns"]], folder / "node.tar")
    docker.save(on_control_plane, folder / "control-plane.tar")
    (folder / "version").write_text(KUBERNETES)
    context += [(f"{_FOLDER}/build/images/{each.name}", each) for each in folder.glob("*.tar")]
    context.append((f"{_FOLDER}/build/version", folder / "version"))
    docker.build(name, containerfile=containerfile, context=context, target="node")


def _image_names(kubeadm: Path) -> dict[str, str]:
    """The names under which kubeadm looks for its images, by component."""
    listed = run(
        [kubeadm, "config", "images", "list", f"--kubernetes-version={KUBERNETES}"],
        what="kubeadm does not list its images",
    )
    return {image.rpartition("/")[2].partition(":")[0]: image for image in listed.split()}
