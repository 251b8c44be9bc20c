"""The server's memory: four tables in SQLite (a file) or PostgreSQL.

A row is the truth about a job run; processes and files are found again from it. Times are seconds since the
epoch, JSON columns hold members as the model names them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Engine, Index, UniqueConstraint, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from emr_containers.exceptions import ConfigurationError
from emr_containers.locks import hold, in_use
from emr_containers.upgrade import add_what_is_missing

_WRITERS, _SERVER = 8998, 8999
"""The numbers of the locks in PostgreSQL that our writers take, and the server."""
FINISHED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
"""The states that a job run never leaves."""


class Base(DeclarativeBase):
    """The tables' registry."""

    # SQLAlchemy's own form.
    type_annotation_map = {dict[str, Any]: JSON, dict[str, str]: JSON, list[str]: JSON}  # noqa: RUF012


class Resource:
    """What every resource has. `request_digest` tells a repeated request from another one under the same token."""

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    client_token: Mapped[str]
    request_digest: Mapped[str]
    created_at: Mapped[float] = mapped_column(index=True)
    created_by: Mapped[str]
    tags: Mapped[dict[str, str]]


def namespace_of(container_provider: dict[str, Any]) -> str:
    """The namespace that a virtual cluster's `containerProvider` names."""
    return str(container_provider.get("info", {}).get("eksInfo", {}).get("namespace", "default"))


class VirtualCluster(Resource, Base):
    """A virtual cluster: a name for one namespace of one cluster."""

    __tablename__ = "virtual_clusters"
    __table_args__ = (UniqueConstraint("client_token"),)

    state: Mapped[str]
    container_provider: Mapped[dict[str, Any]]
    security_configuration_id: Mapped[str | None] = mapped_column(index=True)
    max_concurrent_job_runs: Mapped[int | None]
    """Of its schedulerConfiguration, as the next one; None: no limit."""
    max_in_queue_job_runs: Mapped[int | None]
    update_tokens: Mapped[list[str] | None]
    """Client tokens of its latest updates."""

    @property
    def namespace(self) -> str:
        """Where its job runs run."""
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
    """A job run. `spec` is what runs: template and request merged, parameters filled in."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("virtual_cluster_id", "client_token"),
        Index("ix_job_runs_queue", "state", "created_at"),
    )

    virtual_cluster_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    owner: Mapped[str | None]
    """Whose it is, by the tag `OWNER_TAG` that it was started with."""
    state_details: Mapped[str | None]
    failure_reason: Mapped[str | None]
    spec: Mapped[dict[str, Any]]
    attempt: Mapped[int] = mapped_column(default=1)
    not_before: Mapped[float] = mapped_column(default=0.0)
    """A retry waits until this time."""
    finished_at: Mapped[float | None]


class Database:
    """Short transactions over one engine. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        """Opens the database and makes the tables that it lacks.

        Raises:
            ConfigurationError: it cannot be opened; a password in the URL is not repeated.
        """
        try:
            parsed = make_url(url)
        except SQLAlchemyError as error:
            raise ConfigurationError(
                "--database-url is no URL; give one like sqlite:////var/lib/jobs.sqlite."
            ) from error
        shown = parsed.render_as_string(hide_password=True)
        self._lock: Connection | None = None
        self._writing = threading.Lock()
        try:
            self._engine = create_engine(parsed, hide_parameters=True)  # they hold what jobs are given
            if self._engine.dialect.name == "sqlite":
                if parsed.database in (None, "", ":memory:"):
                    raise ConfigurationError(f"The database {shown!r} has no file: job runs would be lost; name one.")
                path = Path(str(parsed.database))
                path.parent.mkdir(parents=True, exist_ok=True)
                hold(path.with_name(f"{path.name}.lock"), what=f"The database {shown!r}")
                _prepare_sqlite(self._engine)
            else:
                self._lock = _hold_postgresql(self._engine, what=f"The database {shown!r}")
                _prepare_postgresql(self._engine)
            Base.metadata.create_all(self._engine)
            add_what_is_missing(Base.metadata, self._engine)
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise ConfigurationError(
                f"The database {shown!r} cannot be opened: {_reason(error)}; check --database-url."
            ) from error

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads."""
        with Session(self._engine.execution_options(reads_only=True), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together at its end, or not at all."""
        # Our own threads wait here in turn: SQLite's would ask again and again, with pauses that grow.
        with self._writing, Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Gives the connections back."""
        if self._lock is not None:
            self._lock.close()
        self._engine.dispose()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    # The driver's own words; SQLAlchemy's hold statements.
    cause = str(getattr(error, "orig", None) or error).strip()
    return cause.splitlines()[0].rstrip(".") if cause else type(error).__name__


def _hold_postgresql(engine: Engine, *, what: str) -> Connection:
    # A session's lock: it goes with the connection, however we end.
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if not connection.scalar(select(func.pg_try_advisory_lock(_SERVER))):
        raise in_use(what)
    return connection


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
        connection.execute("PRAGMA busy_timeout=30000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads first and writes later could lose a race in between: take the lock at once.
        # Here and in PostgreSQL one writes at a time.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if not connection.get_execution_options().get("reads_only", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
