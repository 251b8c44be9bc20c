"""The release table's rows as this runtime needs them: with an image, and their pod templates read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from emr_containers.exceptions import ConfigurationError
from emr_containers.settings import Release

PodTemplate = Mapping[str, Any]
"""A Pod of Kubernetes' as far as a file says it; `containers[0]` is the driver's or the executor's own container."""
_LISTS = ("containers", "initContainers", "volumes", "tolerations", "imagePullSecrets")
_CONTAINER_LISTS = ("env", "envFrom", "volumeMounts", "ports")


@dataclass(frozen=True, kw_only=True)
class ClusterRelease:
    """A release with what a cluster needs of it."""

    release: Release
    image: str
    driver: PodTemplate = field(default_factory=dict)
    executor: PodTemplate = field(default_factory=dict)


def cluster_releases(releases: Mapping[str, Release]) -> dict[str, ClusterRelease]:
    """The releases with their pod templates.

    Raises:
        ConfigurationError: one has no image, or a template that cannot be read.
    """
    return {label: _release(release) for label, release in releases.items()}


def _release(release: Release) -> ClusterRelease:
    if release.image is None:
        raise ConfigurationError(
            f"Release {release.label!r} has no `image`: on Kubernetes a job runs in one; name it in the release table."
        )
    templates = (release.driver_pod_template, release.executor_pod_template)
    driver, executor = ({} if path is None else read_template(path) for path in templates)
    return ClusterRelease(release=release, image=release.image, driver=driver, executor=executor)


def read_template(path: Path) -> PodTemplate:
    """The pod template in the YAML file `path`.

    Raises:
        ConfigurationError: it cannot be read, or is no Pod.
    """
    try:
        pod = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"The pod template {str(path)!r} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The pod template {str(path)!r} is not YAML.") from error
    if not isinstance(pod, dict) or not pod.keys() <= {"apiVersion", "kind", "metadata", "spec"}:
        raise ConfigurationError(f"The pod template {str(path)!r} must be a Pod: `metadata` and `spec`, nothing else.")
    if pod.get("kind", "Pod") != "Pod":
        raise ConfigurationError(f"The pod template {str(path)!r} is a {pod['kind']}; it must be a Pod.")
    metadata, spec = (pod.get(part) or {} for part in ("metadata", "spec"))
    tables = [spec, *(metadata.get(part) or {} for part in ("labels", "annotations"))] if _table(metadata) else [None]
    if not all(map(_table, tables)) or not _lists(spec, _LISTS):
        raise _misshapen(path)
    if not all(
        _lists(container, _CONTAINER_LISTS) for container in [*_of(spec, "containers"), *_of(spec, "initContainers")]
    ):
        raise _misshapen(path)
    return {"metadata": metadata, "spec": spec}


def _misshapen(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The pod template {str(path)!r} is not of a Pod's shape: `metadata`, `labels`, `annotations` and `spec` are "
        "tables; containers, volumes, env and the like are lists of tables."
    )


def _table(value: object) -> bool:
    return isinstance(value, dict)


def _of(table: Mapping[str, Any], name: str) -> list[Any]:
    return table.get(name) or []


def _lists(table: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return all(isinstance(_of(table, name), list) and all(map(_table, _of(table, name))) for name in names)
