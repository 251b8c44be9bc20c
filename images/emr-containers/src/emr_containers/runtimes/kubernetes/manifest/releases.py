"""The releases as the Kubernetes runtime needs them: with an image and with pod templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.settings import Release

PodTemplate = Mapping[str, Any]
"""A partial Pod from a file; `containers[0]` is the driver's or the executor's own container."""
_LISTS = ("containers", "initContainers", "volumes", "tolerations", "imagePullSecrets")
_CONTAINER_LISTS = ("env", "envFrom", "volumeMounts", "ports")


@dataclass(frozen=True, kw_only=True)
class ClusterRelease:
    """A release with its image and its pod templates."""

    release: Release
    image: str
    driver: PodTemplate = field(default_factory=dict)
    executor: PodTemplate = field(default_factory=dict)
    service_account: str | None = None
    """Service account of driver and executors, which overrides the pod templates. None: as the templates say."""


def cluster_releases(releases: Mapping[str, Release]) -> dict[str, ClusterRelease]:
    """Returns the releases with their pod templates.

    Raises:
        ConfigurationError: one has no image, or a template that cannot be read.
    """
    return {label: _release(release) for label, release in releases.items()}


def with_service_account(release: ClusterRelease, role: str, accounts: Mapping[str, str] | None) -> ClusterRelease:
    """Returns the release as a run with the execution role `role` needs it.

    Args:
        accounts: service accounts by role; None where the role selects none.

    Raises:
        ValidationException: the role is not in the table.
    """
    if accounts is None:
        return release
    if role not in accounts:
        raise ValidationException(
            f"executionRoleArn {role!r} selects no service account here. Use one of {', '.join(sorted(accounts))}, or "
            "ask the server's operator for --service-account."
        )
    name = accounts[role]
    return replace(
        release,
        driver=_running_as(release.driver, name),
        executor=_running_as(release.executor, name),
        service_account=name,
    )


def _running_as(template: PodTemplate, name: str) -> PodTemplate:
    # `serviceAccount` is the older name of the same field.
    spec = {key: value for key, value in (template.get("spec") or {}).items() if key != "serviceAccount"}
    return {**template, "spec": {**spec, "serviceAccountName": name}}


def _release(release: Release) -> ClusterRelease:
    if release.image is None:
        raise ConfigurationError(
            f"Release {release.label!r} has no `image`, which a job on Kubernetes needs; name it in the release table."
        )
    templates = (release.driver_pod_template, release.executor_pod_template)
    driver, executor = ({} if path is None else read_template(path) for path in templates)
    return ClusterRelease(release=release, image=release.image, driver=driver, executor=executor)


def read_template(path: Path) -> PodTemplate:
    """Returns the pod template in the YAML file `path`.

    Raises:
        ConfigurationError: the file cannot be read, or is not a Pod.
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
        f"The pod template {str(path)!r} does not have the form of a Pod: `metadata`, `labels`, `annotations` and "
        "`spec` must be tables; containers, volumes, env and so on must be lists of tables."
    )


def _table(value: object) -> bool:
    return isinstance(value, dict)


def _of(table: Mapping[str, Any], name: str) -> list[Any]:
    return table.get(name) or []


def _lists(table: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return all(isinstance(_of(table, name), list) and all(map(_table, _of(table, name))) for name in names)
