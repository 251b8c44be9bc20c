"""What the server is told at its start, and the table of runtimes (`releases.toml`)."""

import os
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from emr_containers.exceptions import ConfigurationError


def usable_cpus() -> int:
    """The processors that this process may run on, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Release:
    """One row of the release table: what a `releaseLabel` means on this server.

    Paths are absolute. In the image the application lies in `/opt/longshore`; `application_directory` stands
    for that folder where jobs are processes.
    """

    label: str
    kind: Literal["spark", "container"]
    """`spark`: started through spark-submit. `container`: the entry point is run by `command` itself."""
    command: tuple[str, ...]
    """The program and its first arguments: a spark-submit, or the image's interpreter."""
    application_directory: Path
    spark_defaults: dict[str, str] = field(default_factory=dict)
    """Spark properties that this machine decides (master, heap, event log): they win over the job's."""
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of every job of this release. Never a secret: they are visible to the user."""
    image: str | None = None
    """What a job runs in on Kubernetes, which demands it; a process needs none."""
    driver_pod_template: Path | None = None
    """A Pod (YAML) under what the server sets: volumes, secrets, tolerations and the like of drivers on Kubernetes."""
    executor_pod_template: Path | None = None
    """The same of Spark's executors."""


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings:
    """What only the kubernetes runtime is told."""

    log_uri: str | None = None
    """An `s3://` URI for the logs of job runs that name none; None leaves those in the state directory."""
    job_ttl: int = 3600
    """Seconds that a Job and its pods are kept after the run's end was recorded."""
    start_error_timeout: int = 60
    """Seconds that an image that cannot be pulled, or a Secret that is missing, may take to appear."""
    refuse_oversized: bool = True
    """Whether a run that no node is large enough for fails at once; not where nodes are made on demand."""
    yunikorn_url: str | None = None
    """Where YuniKorn's REST API is: it then schedules all pods of all job runs. None: there is no YuniKorn."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one server is set up, by the options of `emr-containers serve`."""

    state_directory: Path
    """Where the database (unless `database_url` says otherwise), attempts and default logs lie."""
    database_url: str
    """An SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`."""
    releases: dict[str, Release]
    account_id: str = "000000000000"
    """The 12 digits in the ARNs that this server gives."""
    region: str = "us-east-1"
    """The region in ARNs; signatures may name any region."""
    max_running: int = field(default_factory=usable_cpus)
    """Job runs that run at the same time; the rest waits as PENDING."""
    kubernetes: KubernetesSettings | None = None
    """None: job runs are processes of this machine."""
    body_limit: int = 1024 * 1024
    """The largest request body, in bytes."""
    head_limit: int = 64 * 1024
    """The largest request line with all headers, in bytes: 50 tag keys of the longest fit."""
    request_timeout: float = 60.0
    """Seconds within which a request must have come."""
    max_connections: int = 400
    """Connections that are served at the same time; twice as many and what jobs need fit 1,024 open files."""

    @property
    def log_directory(self) -> Path:
        """Where logs go of a job run that names no `logUri`."""
        return self.state_directory / "logs"


def check_yunikorn_url(url: str) -> None:
    """Checks that it can be the address of YuniKorn's REST API.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # its port is none
        valid = False
    # Shown to users, it must hold no password.
    if not valid or "@" in url or parts.query or parts.fragment:
        raise ConfigurationError(
            "--yunikorn-url must be http:// or https://, a host and a port, as in http://yunikorn.yunikorn:9080."
        )


def load_releases(path: Path) -> dict[str, Release]:
    """The release table in the TOML file `path`; relative paths in it are taken from its folder.

    Raises:
        ConfigurationError: the file cannot be read, or a row lacks something or has something unknown.
    """
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"The release table {str(path)!r} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The release table {str(path)!r} is not TOML: {error}.") from error
    return {label: _release(label, row, path) for label, row in table.items()}


_NEEDED = {"kind", "command", "application_directory"}
_PATHS = ("driver_pod_template", "executor_pod_template")
_KNOWN = {*_NEEDED, "spark_defaults", "environment", "image", *_PATHS}


def _release(label: str, row: object, path: Path) -> Release:
    if not isinstance(row, dict) or not _NEEDED <= row.keys() <= _KNOWN:
        raise ConfigurationError(
            f"Release {label!r} in {str(path)!r} must be a table with `kind`, `command`, `application_directory`"
            " and, where wanted, `spark_defaults`, `environment`, `image`, `driver_pod_template` and "
            "`executor_pod_template`; nothing else."
        )
    if row["kind"] not in ("spark", "container"):
        raise ConfigurationError(
            f"Release {label!r} in {str(path)!r} has kind {row['kind']!r}; use 'spark' or 'container'."
        )
    words = row["command"]
    tables = [row.get("spark_defaults", {}), row.get("environment", {})]
    texts = [row[name] for name in ("application_directory", "image", *_PATHS) if name in row]
    if (
        not (isinstance(words, list) and words and all(isinstance(word, str) and word for word in words))
        or not all(isinstance(text, str) and text for text in texts)
        or not all(isinstance(table, dict) for table in tables)
        or not all(isinstance(value, str | int | float) for table in tables for value in table.values())
    ):
        raise ConfigurationError(
            f"Release {label!r} in {str(path)!r}: `command` must be a list of words, `application_directory` a path, "
            "`spark_defaults` and `environment` tables of texts, with quotes around keys that hold points, `image` a "
            "text, and a pod template a path."
        )
    base = path.resolve().parent
    program, *arguments = words
    driver, executor = (base / row[name] if name in row else None for name in _PATHS)
    return Release(
        label=label,
        kind=row["kind"],
        command=(str(base / program) if "/" in program else program, *arguments),
        application_directory=base / row["application_directory"],
        spark_defaults={key: _text(value) for key, value in row.get("spark_defaults", {}).items()},
        environment={key: _text(value) for key, value in row.get("environment", {}).items()},
        image=row.get("image"),
        driver_pod_template=driver,
        executor_pod_template=executor,
    )


def _text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
