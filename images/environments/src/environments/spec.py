"""An AirflowEnvironment as the API server hands it over, read once. Pure.

The CRD (helm/environments) has checked nearly all of it; what is read here only has to be safe from an object that was
stored under an older one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from environments.exceptions import SpecError
from environments.names import ACTIVITY_ANNOTATION, FORGET_ANNOTATION, Names

Size = Literal["small", "medium", "large"]
SIZES: tuple[Size, ...] = ("small", "medium", "large")
_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Git:
    """Where the DAGs come from."""

    url: str
    branch: str | None
    """Exactly one of this and `commit` is given."""
    commit: str | None
    subdir: str
    credentials_secret: str | None
    """A Secret (type kubernetes.io/basic-auth) beside the object."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What the environment's jobs may have of the cluster, by Kubernetes' names: cpu, memory."""

    max: Mapping[str, str] = field(default_factory=dict)
    guaranteed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One object: what it asks for, and what it is."""

    names: Names
    namespace: str
    """The object's own; not that of what is made for it."""
    uid: str
    generation: int
    created_at: datetime
    owner: str
    git: Git
    ttl: timedelta | None
    """How long it lives without activity; None: for ever."""
    idle: timedelta | None
    """After how long without activity it is put to sleep; None: never."""
    size: Size
    resources: Mapping[str, str] | None
    """`cpu` and `memory` that all its pods together may ask for; None: those of the size."""
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
    """The object as it is stored.

    Raises:
        SpecError: something is missing, or is not what it should be.
    """
    try:
        return _read(body)
    except (KeyError, TypeError, AttributeError) as error:
        name = body.get("metadata", {}).get("name")
        raise SpecError(
            f"The environment {name!r} is not of this version's form ({error}): write it anew by `kubectl explain "
            "airflowenvironment.spec`."
        ) from error


def read_bare(body: Mapping[str, Any]) -> Environment:
    """The object without its wishes but those for its end: what there is to be removed is known by its name.

    Raises:
        SpecError: its name is none that an environment may have.
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


def duration(text: str) -> timedelta:
    """`72h`, `30m` or `1d12h` as a time.

    Raises:
        SpecError: it is none, or no longer than nothing.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise SpecError(f"{text[:40]!r} is no duration: write days, hours, minutes and seconds, as in 72h or 1d12h30m.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if not (length := timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)):
        raise SpecError(f"{text!r} is no time at all: leave it out for none, or say how long.")
    return length


def moment(text: str) -> datetime:
    """A time of the API server's (RFC 3339), aware.

    Raises:
        ValueError: it is none.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _texts(quantities: Mapping[str, str | int] | None) -> dict[str, str]:
    """In YAML `cpu: 2` is a number."""
    return {name: str(amount) for name, amount in (quantities or {}).items()}


def _duration(spec: Mapping[str, Any], name: str) -> timedelta | None:
    try:
        return duration(spec[name]) if spec.get(name) is not None else None
    except SpecError as error:
        raise SpecError(f"spec.{name}: {error}") from error


def _touched(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise SpecError(
            f"The annotation {ACTIVITY_ANNOTATION} says {text[:40]!r}, which is no time: write it as "
            "2026-11-25T12:00:00Z."
        ) from error
