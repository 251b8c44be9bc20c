"""Images of Airflow with a requirement more: as those that a team makes itself, by a layer upon the platform's."""

import tempfile
from pathlib import Path

from cluster.chart_values import values_of
from cluster.parts import Cluster
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.engine import docker
from longshore_cli.cluster.images.registry import in_registry

_PLACE = "/opt/requirements"


def image_with(cluster: Cluster, distribution: str, *, version: str, module: str) -> str:
    """The name of an image in which Airflow has this distribution of one module; pulled by nodes from the registry.

    Args:
        module: the text of the module, which is called as the distribution.
    """
    base = values_of(cluster, "environments", namespace=namespaces.ENVIRONMENTS)["environments"]["image"]
    repository = f"{base['registry']}/{base['repository']}"
    name = f"{repository}:{base['tag']}-{distribution}-{version}"
    if in_registry(name):
        return name
    info = f"{distribution}-{version}.dist-info"
    files = {
        "Containerfile": f"FROM {repository}:{base['tag']}\nCOPY files {_PLACE}\nENV PYTHONPATH={_PLACE}\n",
        f"files/{distribution}.py": module,
        f"files/{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        context = [(path, Path(folder) / path) for path in files]
        docker.build(name, containerfile="Containerfile", context=context)
    docker.push(name)
    return name
