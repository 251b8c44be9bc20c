"""The values of helm/airflow for an environment. Production uses the same chart with other values."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from environments.build.network import api_server_from
from environments.build.sizes import sizing
from environments.exceptions import SpecError
from environments.resource.names import CONTROLLER_USER, GIT_SECRET
from environments.resource.spec import Environment
from environments.settings import Settings

_IMAGE = re.compile(
    r"(?:(?P<registry>(?:[^/]*[.:][^/]*|localhost))/)?(?P<repository>[a-z0-9._/-]+)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
"""An image reference. Source: distribution, "reference" grammar: a first part with a `.` or `:` is a host."""


def values(environment: Environment, settings: Settings, *, asleep: bool) -> dict[str, Any]:
    """Returns the values; all others have the chart's defaults.

    Raises:
        SpecError: `spec.image` is not an image reference.
    """
    replicas = 0 if asleep else 1
    size = sizing(environment)
    git = environment.git
    own = image(environment.image) if environment.image is not None else settings.image
    kept = folder(environment, settings)
    config = {section: dict(options) for section, options in environment.config.items()}
    config.setdefault("core", {}).setdefault("parallelism", str(size.parallelism))
    config.setdefault("longshore", {})["environment_name"] = environment.name
    return {
        "image": own,
        "imagePullSecrets": list(settings.image_pull_secrets),
        "executor": "LocalExecutor",
        "config": config,
        "connections": {"variables": True},
        "users": {"roles": f"{environment.owner}:admin,{CONTROLLER_USER}:viewer"},
        "dags": {
            "git": {
                "url": git.url,
                "branch": git.branch or "",
                "commit": git.commit or "",
                "subdir": git.subdir,
                "credentialsSecret": GIT_SECRET if git.credentials_secret else "",
            },
            "snapshots": f"{kept}/dags",
            "connection": settings.storage_connection,
            "refreshSeconds": settings.refresh_seconds,
        },
        "logs": {"folder": f"{kept}/logs", "connection": settings.storage_connection},
        "apiServer": {
            "replicas": replicas,
            "url": settings.public_url,
            "basePath": environment.names.path,
            "service": {"type": "ClusterIP", "nodePort": 0},
            "resources": _processors("300m"),
        },
        "scheduler": {
            "replicas": replicas,
            "terminationGracePeriodSeconds": 60,  # deleting an environment waits for its tasks no longer than this
            "resources": {**_processors("100m"), "limits": {"memory": size.scheduler_memory}},
        },
        "dagProcessor": {"replicas": replicas, "resources": _processors("150m")},
        "triggerer": {"replicas": replicas, "resources": _processors("50m")},
        "networkPolicies": {"enabled": True, "apiServerFrom": api_server_from(settings)},
    }


def _processors(cpu: str) -> dict[str, Any]:
    """Returns CPU requests, which are also shares: users wait for the page, then for DAGs, while all four start."""
    return {"requests": {"cpu": cpu}}


def folder(environment: Environment, settings: Settings) -> str:
    """Returns the environment's own folder for snapshots and logs: s3://bucket/folder."""
    return f"{settings.bucket.rstrip('/')}/environments/{environment.name}"


def digest(values: Mapping[str, Any], *, chart: str) -> str:
    """Returns the digest of a release, which changes with its values and with the chart.

    Args:
        chart: the chart's own digest.
    """
    return hashlib.sha256(json.dumps([values, chart], sort_keys=True).encode()).hexdigest()[:16]


def image(reference: str) -> dict[str, str]:
    """Returns an image reference as the chart's `image`: registry, repository, tag, digest.

    Raises:
        SpecError: the text is not an image reference.
    """
    match = _IMAGE.fullmatch(reference)
    if match is None:
        raise SpecError(
            f"spec.image: {reference[:100]!r} is not an image. Write registry/repository:tag, or …@sha256:digest."
        )
    return {name: part or "" for name, part in match.groupdict().items()}
