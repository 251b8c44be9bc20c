"""The spec of an AirflowEnvironment, read from the object that the API server returns. Pure.

The CRD (helm/environments) has checked nearly all of it. This module only has to cope with objects that were stored
under an older CRD.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from longshore_libs.durations import parse_duration
from longshore_libs.exceptions import DurationError

from environments.exceptions import SpecError
from environments.resource.names import ACTIVITY_ANNOTATION, FORGET_ANNOTATION, Names
from environments.resource.times import moment

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = ("small", "medium", "large")


@dataclass(frozen=True, kw_only=True)
class Git:
    """The source of the DAGs."""

    url: str
    branch: str | None
    """Exactly one of `branch` and `commit` is set."""
    commit: str | None
    subdir: str
    credentials_secret: str | None
    """The name of a Secret (type kubernetes.io/basic-auth) beside the object."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The cluster's resources for the environment's jobs, by Kubernetes' names: cpu, memory."""

    max: Mapping[str, str] = field(default_factory=dict)
    guaranteed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One AirflowEnvironment: its spec and its metadata."""

    names: Names
    namespace: str
    """The object's own namespace, which is not the environment's."""
    uid: str
    generation: int
    created_at: datetime
    owner: str
    git: Git
    ttl: timedelta | None
    """The lifetime without activity. None: no limit."""
    idle: timedelta | None
    """The time without activity after which it falls asleep. None: never."""
    size: Size
    resources: Mapping[str, str] | None
    """`cpu` and `memory` that all its pods together may request. None: those of the size."""
    image: str | None
    queue: Queue | None
    connections: tuple[str, ...]
    variables: tuple[str, ...]
    config: Mapping[str, Mapping[str, str]]
    asleep: bool
    keep_schema: bool
    touched_at: datetime | None
    """See `ACTIVITY_ANNOTATION`."""
    forget: bool
    """See `FORGET_ANNOTATION`."""

    @property
    def name(self) -> str:
        return self.names.name


def read(body: Mapping[str, Any]) -> Environment:
    """Returns the object's content.

    Raises:
        SpecError: a field is missing, or has the wrong form.
    """
    try:
        return _read(body)
    except (KeyError, TypeError, AttributeError) as error:
        name = body.get("metadata", {}).get("name")
        raise SpecError(
            f"The environment {name!r} does not have the form of this version ({error}). Rewrite it by `kubectl "
            "explain airflowenvironment.spec`."
        ) from error


def read_for_removal(body: Mapping[str, Any]) -> Environment:
    """Returns the object with only those fields that its removal needs: everything to be removed is known by its name.

    Raises:
        SpecError: an environment may not have this name.
    """
    annotations = body["metadata"].get("annotations") or {}
    kept = {name: value for name, value in annotations.items() if name == FORGET_ANNOTATION}
    metadata = {**body["metadata"], "annotations": kept}
    spec = body.get("spec") or {}
    keeps = spec.get("keepSchema") is True
    return read(
        {"metadata": metadata, "spec": {"owner": spec.get("owner", "unknown"), "git": {"url": ""}, "keepSchema": keeps}}
    )


def _read(body: Mapping[str, Any]) -> Environment:
    metadata, spec = body["metadata"], body["spec"]
    git, queue = spec["git"], spec.get("queue")
    annotations = metadata.get("annotations") or {}
    touched = annotations.get(ACTIVITY_ANNOTATION)
    return Environment(
        names=Names(metadata["name"]),
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata["generation"],
        created_at=moment(metadata["creationTimestamp"]),
        owner=spec["owner"],
        git=Git(
            url=git["url"],
            branch=git.get("branch"),
            commit=git.get("commit"),
            subdir=git.get("subdir", "dags"),
            credentials_secret=git.get("credentialsSecret"),
        ),
        ttl=_duration(spec, "ttl"),
        idle=_duration(spec, "idle"),
        size=spec.get("size", "small"),
        resources=None if spec.get("resources") is None else _texts(spec["resources"]),
        image=spec.get("image"),
        queue=None
        if queue is None
        else Queue(max=_texts(queue.get("max")), guaranteed=_texts(queue.get("guaranteed"))),
        connections=tuple(spec.get("connections") or ()),
        variables=tuple(spec.get("variables") or ()),
        config=spec.get("config") or {},
        asleep=spec.get("asleep", False),
        keep_schema=spec.get("keepSchema", False),
        touched_at=None if touched is None else _touched(touched),
        forget=annotations.get(FORGET_ANNOTATION) == "true",
    )


def _texts(quantities: Mapping[str, str | int] | None) -> dict[str, str]:
    """Returns the quantities as texts: in YAML `cpu: 2` is a number."""
    return {name: str(amount) for name, amount in (quantities or {}).items()}


def _duration(spec: Mapping[str, Any], name: str) -> timedelta | None:
    try:
        return parse_duration(spec[name]) if spec.get(name) is not None else None
    except DurationError as error:
        raise SpecError(f"spec.{name}: {error} Remove the field for no limit.") from error


def _touched(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise SpecError(
            f"The annotation {ACTIVITY_ANNOTATION} is {text[:40]!r}, which is not a time. Write it as "
            "2026-11-25T12:00:00Z."
        ) from error
