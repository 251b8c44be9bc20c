"""The image of kind's nodes: kind's own if it can be pulled, otherwise ours."""

import tempfile
from pathlib import Path

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine import docker
from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.images.base_image import ensure_base
from longshore_cli.cluster.images.digests import digest, files
from longshore_cli.cluster.layout import ClusterLayout

PUBLISHED_NODE = "kindest/node:v1.37.0"
"""The default of kind 0.33."""
KUBERNETES = "v1.36.3"
"""The version that our image is built from; go.mod has the same."""

FOLDER = "images/kind-node"
_TOOLS = "longshore.dev/node-tools:1"
K8S = "k8s.io/kubernetes/cmd"
_PROGRAMS = (
    *(f"{K8S}/{name}" for name in ("kubelet", "kubeadm", "kubectl", "kube-proxy")),
    *(f"{K8S}/{name}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")),
    "go.etcd.io/etcd/server/v3",
    "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
    *(f"github.com/containernetworking/plugins/plugins/{name}" for name in ("main/ptp", "main/loopback")),
    *(f"github.com/containernetworking/plugins/plugins/{name}" for name in ("ipam/host-local", "meta/portmap")),
    "github.com/rancher/local-path-provisioner",
    "./coredns",
    "./pause",
)
_SEPARATELY = ("github.com/rancher/local-path-provisioner",)
"""It imports logrus by its old name, which Go does not allow together with the new one."""
_CONTAINERD = tuple(
    f"github.com/containerd/containerd/v2/cmd/{name}" for name in ("containerd", "containerd-shim-runc-v2", "ctr")
)
VERSION_FLAGS = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in zip(
        ("gitVersion", "gitMajor", "gitMinor"), (KUBERNETES, *KUBERNETES[1:].split(".")[:2]), strict=True
    )
)


def node_image(layout: ClusterLayout, say: Say) -> str:
    """Returns the name of an image for kind's nodes that the engine has.

    Raises:
        ClusterError: it can be neither pulled nor built.
    """
    if docker.pull(PUBLISHED_NODE):
        return PUBLISHED_NODE
    ensure_base(say)
    sources = list(files(layout.root, [f"{FOLDER}/{name}" for name in ("Containerfile", "files")]))
    programs = go_programs.build(layout, FOLDER, _PROGRAMS, say, linker=VERSION_FLAGS, separately=_SEPARATELY)
    runtime = go_programs.build(layout, f"{FOLDER}/containerd", _CONTAINERD, say)
    name = f"longshore/kind-node:{KUBERNETES}-{digest(sources, programs.name, runtime.name)}"
    if not docker.has_image(name):
        say(f"{PUBLISHED_NODE} cannot be pulled: building {name}")
        binaries = [(f"{FOLDER}/build/bin/{path.name}", path) for path in (*programs.iterdir(), *runtime.iterdir())]
        with tempfile.TemporaryDirectory(prefix="longshore-node-") as folder:
            _build(name, sources + binaries, programs, Path(folder))
    return name


def _build(name: str, context: list[tuple[str, Path]], programs: Path, folder: Path) -> None:
    containerfile = f"{FOLDER}/Containerfile"
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
    context += [(f"{FOLDER}/build/images/{each.name}", each) for each in folder.glob("*.tar")]
    context.append((f"{FOLDER}/build/version", folder / "version"))
    docker.build(name, containerfile=containerfile, context=context, target="node")


def _image_names(kubeadm: Path) -> dict[str, str]:
    """Returns kubeadm's names of its images, by component."""
    listed = run(
        [kubeadm, "config", "images", "list", f"--kubernetes-version={KUBERNETES}"],
        what="kubeadm's images cannot be listed",
    )
    return {image.rpartition("/")[2].partition(":")[0]: image for image in listed.split()}
