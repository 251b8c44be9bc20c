"""The state of an environment, read from its object. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of the status."""

    status: str
    reason: str
    message: str
    generation: int
    """The generation of the spec that it describes."""


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file that Airflow cannot import."""

    file: str
    message: str


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of an environment."""

    name: str
    uid: str
    owner: str
    git_url: str
    branch: str | None
    wanted_commit: str | None
    """The commit that it stays at; None if it follows a branch."""
    generation: int
    observed_generation: int
    phase: str
    url: str
    commit: str | None
    """The commit that Airflow has parsed."""
    import_errors: tuple[ImportFailure, ...]
    ttl: str | None
    expires_at: datetime | None
    last_activity_at: datetime | None
    cpu_hours: float
    memory_gib_hours: float
    conditions: Mapping[str, Condition]
    sleep_requested: bool

    @property
    def ready(self) -> bool:
        """True if it is ready by its newest spec: an older status may describe an Airflow that goes to sleep."""
        condition = self.conditions.get("Ready")
        return (
            condition is not None
            and condition.status == "True"
            and condition.generation == self.observed_generation == self.generation
        )

    @property
    def empty(self) -> bool:
        """True if its Airflow answers, and shows no DAG of any commit."""
        synced = self.conditions.get("Synced")
        return self.commit is None and synced is not None and synced.reason == "Parsing"

    @property
    def follows(self) -> str:
        """The branch or the commit, for messages."""
        return self.branch or f"commit {(self.wanted_commit or '')[:7]}"


def read(body: Mapping[str, Any]) -> State:
    """Reads the state from an object of the API server."""
    metadata, spec, status = body["metadata"], body["spec"], body.get("status") or {}
    usage = status.get("usage") or {}
    return State(
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        owner=spec["owner"],
        git_url=spec["git"]["url"],
        branch=spec["git"].get("branch"),
        wanted_commit=spec["git"].get("commit"),
        generation=metadata.get("generation", 0),
        observed_generation=status.get("observedGeneration", 0),
        phase="Deleting" if metadata.get("deletionTimestamp") else status.get("phase", "Pending"),
        url=status.get("url", ""),
        commit=status.get("commit"),
        import_errors=tuple(
            ImportFailure(file=each["file"], message=each.get("message", ""))
            for each in status.get("importErrors") or ()
        ),
        ttl=spec.get("ttl"),
        expires_at=_moment(status.get("expiresAt")),
        last_activity_at=_moment(status.get("lastActivityAt")),
        cpu_hours=usage.get("cpuHours", 0.0),
        memory_gib_hours=usage.get("memoryGibHours", 0.0),
        conditions={
            each["type"]: Condition(
                status=each["status"],
                reason=each["reason"],
                message=each.get("message", ""),
                generation=each.get("observedGeneration", 0),
            )
            for each in status.get("conditions") or ()
        },
        sleep_requested=spec.get("asleep", False),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
