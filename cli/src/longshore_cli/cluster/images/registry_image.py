"""The image of the local registry: the published one, or ours if that cannot be pulled."""

from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine import docker
from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.images.digests import digest
from longshore_cli.cluster.images.node_image import FOLDER
from longshore_cli.cluster.layout import ClusterLayout

PUBLISHED_REGISTRY = "registry:3"
_REGISTRY = "github.com/distribution/distribution/v3/cmd/registry"


def registry_image(layout: ClusterLayout, say: Say) -> str:
    """Returns the name of an image of the registry that the engine has.

    Raises:
        ClusterError: it can be neither pulled nor built.
    """
    if docker.pull(PUBLISHED_REGISTRY):
        return PUBLISHED_REGISTRY
    program = go_programs.build(layout, FOLDER, [_REGISTRY], say) / "registry"
    name = f"longshore/registry:{digest([('registry', program)])}"
    if not docker.has_image(name):
        docker.import_program(name, program, called="registry")
    return name
