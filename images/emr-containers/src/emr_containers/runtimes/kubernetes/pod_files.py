"""Files for a pod's container from the pod's own annotations. Pure.

Not from a ConfigMap: annotations come and go with the pod, and there is no order to keep.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.names import CONFIGURATION_ANNOTATION
from emr_containers.runtimes.kubernetes.pods import Table

FILES = PurePosixPath("/etc/emr-containers-configuration")
"""Where the files of a job's configuration are, in driver and executors."""
_VOLUME = "emr-containers-configuration"
_MOST_BYTES = 200 * 1024
"""Of a driver's annotations: Kubernetes takes 256 KiB, and others may add theirs."""


def file_annotations(files: Mapping[str, str]) -> dict[str, str]:
    """The annotations that hold these texts, given by file name."""
    return {_annotation(name): text for name, text in files.items()}


def file_volumes(files: Iterable[str]) -> list[Table]:
    """The volume with these files; none where there are no files."""
    paths = {name: _annotation(name) for name in files}
    return [annotated(_VOLUME, paths)] if paths else []


def file_mounts(files: Mapping[str, str]) -> list[Table]:
    """Where a container has the volume; nowhere where there are no files."""
    return [{"name": _VOLUME, "mountPath": str(FILES), "readOnly": True}] if files else []


def annotated(volume: str, files: Mapping[str, str]) -> Table:
    """A volume with these files, each the text of an annotation of its pod."""
    items = [
        {"path": path, "fieldRef": {"fieldPath": f"metadata.annotations['{annotation}']"}}
        for path, annotation in files.items()
    ]
    return {"name": volume, "downwardAPI": {"items": items}}


def check_size(annotations: Mapping[str, str]) -> None:
    """Checks that Kubernetes will take these annotations of a pod.

    Raises:
        ValidationException: they are too long.
    """
    size = sum(len(f"{key}{text}".encode()) for key, text in annotations.items())
    if size > _MOST_BYTES:
        raise ValidationException(
            f"The driver's pod would have {size} bytes of annotations, and no more than {_MOST_BYTES} fit: shorten "
            "spark-log4j2, or spark.kubernetes.driver.annotation.*."
        )


def _annotation(file: str) -> str:
    return f"{CONFIGURATION_ANNOTATION}.{file}"
