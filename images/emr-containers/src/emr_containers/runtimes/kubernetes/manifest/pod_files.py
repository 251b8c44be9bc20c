"""Files for a pod's container, from the pod's own annotations. Pure.

A ConfigMap would have to be created before the pod and deleted after it; annotations live as long as the pod.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject
from emr_containers.runtimes.kubernetes.names import CONFIGURATION_ANNOTATION

FILES = PurePosixPath("/etc/emr-containers-configuration")
"""The folder of a job's configuration files, in driver and executors."""
_VOLUME = "emr-containers-configuration"
_MOST_BYTES = 200 * 1024
"""The largest size of a driver's annotations. Kubernetes accepts 256 KiB, and other programs may add annotations."""


def file_annotations(files: Mapping[str, str]) -> dict[str, str]:
    """Returns the annotations with these texts, which are given by file name."""
    return {_annotation(name): text for name, text in files.items()}


def file_volumes(files: Iterable[str]) -> list[JsonObject]:
    """Returns the volume with these files; none if there are no files."""
    paths = {name: _annotation(name) for name in files}
    return [annotated(_VOLUME, paths)] if paths else []


def file_mounts(files: Mapping[str, str]) -> list[JsonObject]:
    """Returns the mount of the volume in a container; none if there are no files."""
    return [{"name": _VOLUME, "mountPath": str(FILES), "readOnly": True}] if files else []


def annotated(volume: str, files: Mapping[str, str]) -> JsonObject:
    """Returns a volume with these files; each has the text of an annotation of the pod."""
    items = [
        {"path": path, "fieldRef": {"fieldPath": f"metadata.annotations['{annotation}']"}}
        for path, annotation in files.items()
    ]
    return {"name": volume, "downwardAPI": {"items": items}}


def check_size(annotations: Mapping[str, str]) -> None:
    """Checks that Kubernetes accepts these annotations of a pod.

    Raises:
        ValidationException: they are too long.
    """
    size = sum(len(f"{key}{text}".encode()) for key, text in annotations.items())
    if size > _MOST_BYTES:
        raise ValidationException(
            f"The driver's pod would have {size} bytes of annotations; at most {_MOST_BYTES} are possible: shorten "
            "spark-log4j2, or spark.kubernetes.driver.annotation.*."
        )


def _annotation(file: str) -> str:
    return f"{CONFIGURATION_ANNOTATION}.{file}"
