"""The six tables of the server's database.

A job run is what its row says; its processes and files are found again from the row. Times are seconds since the epoch.
JSON columns hold members with their names in the model.
"""

from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

FINISHED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
"""The states that a job run never leaves."""


class Base(DeclarativeBase):
    """The registry of the tables."""

    # SQLAlchemy's own form.
    type_annotation_map = {dict[str, Any]: JSON, dict[str, str]: JSON, list[str]: JSON}  # noqa: RUF012


class Resource:
    """The columns of every resource.

    A request that repeats a client token is the same request if it has the same `request_digest`.
    """

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    client_token: Mapped[str]
    request_digest: Mapped[str]
    created_at: Mapped[float] = mapped_column(index=True)
    created_by: Mapped[str]
    tags: Mapped[dict[str, str]]


def namespace_of(container_provider: dict[str, Any]) -> str:
    """Returns the namespace that a virtual cluster's `containerProvider` names."""
    return str(container_provider.get("info", {}).get("eksInfo", {}).get("namespace", "default"))


class VirtualCluster(Resource, Base):
    """A virtual cluster: the name of one namespace of one cluster."""

    __tablename__ = "virtual_clusters"
    __table_args__ = (UniqueConstraint("client_token"),)

    state: Mapped[str]
    container_provider: Mapped[dict[str, Any]]
    security_configuration_id: Mapped[str | None] = mapped_column(index=True)
    max_concurrent_job_runs: Mapped[int | None]
    """Maximum number of started job runs, from `schedulerConfiguration`. None means no limit."""
    max_in_queue_job_runs: Mapped[int | None]
    """Maximum number of queued job runs, from `schedulerConfiguration`. None means no limit."""
    update_tokens: Mapped[list[str] | None]
    """The client tokens of its latest updates."""

    @property
    def namespace(self) -> str:
        """The namespace in which its job runs run."""
        return namespace_of(self.container_provider)


class JobTemplate(Resource, Base):
    """A job template; it never changes."""

    __tablename__ = "job_templates"
    __table_args__ = (UniqueConstraint("client_token"),)

    data: Mapped[dict[str, Any]]


class SecurityConfiguration(Resource, Base):
    """A security configuration; it never changes."""

    __tablename__ = "security_configurations"
    __table_args__ = (UniqueConstraint("client_token"),)

    data: Mapped[dict[str, Any]]


class JobRun(Resource, Base):
    """A job run. `spec` is its job: template and request merged, parameters filled in."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("virtual_cluster_id", "client_token"),
        Index("ix_job_runs_queue", "state", "created_at"),
        # ListJobRuns reads a page from its place on, by any of its filters, however many runs there are.
        Index("ix_job_runs_listed", "virtual_cluster_id", "created_at", "id"),
        Index("ix_job_runs_listed_by_state", "virtual_cluster_id", "state", "created_at", "id"),
        Index("ix_job_runs_listed_by_name", "virtual_cluster_id", "name", "created_at", "id"),
    )

    virtual_cluster_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    owner: Mapped[str | None]
    """Its owner: the value of the tag `OWNER_TAG` when it was started."""
    state_details: Mapped[str | None]
    failure_reason: Mapped[str | None]
    spec: Mapped[dict[str, Any]]
    attempt: Mapped[int] = mapped_column(default=1)
    not_before: Mapped[float] = mapped_column(default=0.0)
    """The time until which the next attempt waits."""
    messages: Mapped[dict[str, str] | None]
    """The messages that its drivers left (see `Outcome.messages`). The details of a cancelled run repeat them."""
    finished_at: Mapped[float | None]
    template_id: Mapped[str | None]
    """The job template that it was started from. None: from none, or by a server that did not write it."""
    started_at: Mapped[float | None]
    """The time at which its first driver began to run. None: none has, or an earlier server has followed it."""
    claimed_in: Mapped[str | None]
    """The place in which its attempt may have begun (`JobAttempt.claimed_in`): a state directory, or a Job's UID. None:
    it has not begun, or was claimed by a server that did not write it."""


class SizedRun(Base):
    """A job run that asked to be sized by earlier runs: its plan, and what it used once its event log was read."""

    __tablename__ = "sized_runs"
    __table_args__ = (Index("ix_sized_runs_history", "virtual_cluster_id", "signature", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """The job run's."""
    virtual_cluster_id: Mapped[str]
    signature: Mapped[str]
    """The name that the runs of one history share."""
    created_at: Mapped[float] = mapped_column(index=True)
    planned: Mapped[dict[str, Any]]
    """See `sizing.records.Planned`."""
    outcome: Mapped[dict[str, Any] | None]
    """See `sizing.records.Outcome`. None: its event log was not read, or could not be."""
    read_at: Mapped[float | None] = mapped_column(index=True)
    """The time at which its event log was read, or was found to be unreadable."""


class DispatchGeneration(Base):
    """The number of the latest term (`Term`), in one row."""

    __tablename__ = "dispatch_generation"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int]
