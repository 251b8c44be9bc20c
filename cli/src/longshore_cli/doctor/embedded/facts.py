"""Facts about the embedded platform that the checks read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Machine:
    """This machine, as a process here sees it. Sizes are in bytes."""

    python: tuple[int, int]
    """Major and minor version."""
    disk_free: int
    memory_available: int
    """The least of what the machine has and what the container may have."""
    shared_memory: int | None
    """Free in `/dev/shm`; None if it does not exist."""


@dataclass(frozen=True, kw_only=True)
class FileFact:
    """A file or folder below the secrets."""

    path: str
    mode: int
    """Its permission bits."""
    owner: int
    folder: bool


@dataclass(frozen=True, kw_only=True)
class Packages:
    """An environment of Python packages, beside its lock."""

    folder: str
    present: bool
    missing: tuple[str, ...] = ()
    """Packages that the project itself asks for, and that are not installed."""
    differing: tuple[str, ...] = ()
    """Sentences on packages of another version than the lock's."""


@dataclass(frozen=True, kw_only=True)
class ProcessFact:
    """A process."""

    pid: int
    command: str


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """PostgreSQL's data folder."""

    path: str
    owner: int
    wanted_owner: int
    mode: int
    version: str
    """The major version that made it."""
    wanted_version: str
    pid_file: int | None
    """The process that its `postmaster.pid` names; None if there is no such file."""
    holder: str | None
    """The command of a process that has this ID and is not PostgreSQL with this folder; None if there is none."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """The job server of the running platform."""

    endpoint_url: str
    fault: str | None
    """Why it does not answer; None if it does."""
    applied: Mapping[str, str | None]
    """The digest of the newest job template of each name, as its tag says; None for one without a digest."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """The job template of a file."""

    name: str
    path: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Connections:
    """The files of connections."""

    faults: Mapping[str, str]
    """Why a file cannot be used, by path."""
    endpoint_url: str | None
    """The job server's address in Airflow's connection `aws_default`; None if it has none."""


@dataclass(frozen=True, kw_only=True)
class ImportFailure:
    """A file of DAGs that Airflow cannot import."""

    file: str
    error: str
    """The last line of the stack trace."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedFacts:
    """Everything that the checks of the embedded platform read."""

    root: str
    user: int
    """Our user ID."""
    machine: Machine
    packages: tuple[Packages, ...]
    missing_jars: tuple[str, ...]
    has_class_archive: bool
    set_up: bool
    """True if the platform has run here before."""
    lock_holder: ProcessFact | None
    """The process that holds the checkout's lock, which is the running platform; None if none runs."""
    platform_processes: tuple[ProcessFact, ...]
    """Processes of this checkout's platform: PostgreSQL, the job server, Airflow, jobs."""
    server_port_holder: str | None
    """The program on the port of `make server`; None if it is free, or belongs to this checkout's cluster."""
    data_folder: DataFolder | None
    """None before the first start."""
    secrets: tuple[FileFact, ...]
    connections: Connections | None
    """None before the first start."""
    templates: tuple[Template, ...]
    template_fault: str | None
    """Why the templates' files cannot be read; None if they can."""
    server: Server | None
    """None if the platform does not run."""
    airflow_url: str | None
    """None if Airflow does not run."""
    airflow_fault: str | None
    """Why Airflow does not answer; None if it does, or does not run."""
    import_failures: tuple[ImportFailure, ...]
