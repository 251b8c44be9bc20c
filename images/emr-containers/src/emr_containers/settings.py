"""The server's settings, and the table of its runtimes (`releases.toml`)."""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from emr_containers.exceptions import ConfigurationError


def usable_cpus() -> int:
    """Returns the number of processors that this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


FolderAccess = Literal["read", "write", "copy"]
"""A job's access to a folder. `copy`: a copy of its files, which may be unreadable to the job's user; never changed."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One row of the release table: the runtime that a `releaseLabel` names on this server.

    Paths are absolute. An image keeps its application in `/opt/longshore`; where jobs are processes,
    `application_directory` is used instead of that folder.
    """

    label: str
    kind: Literal["spark", "container"]
    """`spark`: jobs start through spark-submit. `container`: `command` runs the entry point itself."""
    command: tuple[str, ...]
    """The program and its first arguments: a spark-submit, or the image's interpreter."""
    application_directory: Path
    spark_defaults: dict[str, str] = field(default_factory=dict)
    """Spark properties that this machine decides (master, heap, event log). They win over the job's."""
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of every job of this release. Users can see them, so they must not hold secrets."""
    image: str | None = None
    """The container image of its jobs. Kubernetes requires it; processes do not use it."""
    job_folders: dict[str, FolderAccess] = field(default_factory=dict)
    """Folders that its jobs need, where they run as another user than the server (`Settings.job_user`), by path.

    They are shown to jobs even if they lie in folders that keep the user out.
    """
    driver_pod_template: Path | None = None
    """A YAML file with a Pod: volumes, secrets, tolerations and so on for drivers on Kubernetes.

    The server's own settings win over it.
    """
    executor_pod_template: Path | None = None
    """The same for Spark's executors."""


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings:
    """Settings that only the Kubernetes runtime has."""

    log_uri: str | None = None
    """An `s3://` URI for the logs of job runs without a `logUri`. None: they stay in the state directory."""
    job_ttl: int = 3600
    """Seconds for which a Job and its pods are kept after the end of the run was recorded."""
    start_error_timeout: int = 60
    """Seconds to wait for an image that cannot be pulled, or for a missing Secret."""
    refuse_oversized: bool = True
    """True: a run for which no node is large enough fails at once. Set it to False where nodes are added on demand."""
    service_accounts: Mapping[str, str] | None = None
    """The service account of a run's pods, by its executionRoleArn. Other roles are refused. None: all runs have the
    same."""
    yunikorn_url: str | None = None
    """The URL of YuniKorn's REST API. YuniKorn then schedules all pods of all job runs. None: there is no YuniKorn."""
    logs_url: str | None = None
    """The URL of VictoriaLogs, in which a collector puts the lines of all pods. None: nothing collects them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one server: the options of `emr-containers serve`."""

    state_directory: Path
    """The folder with the attempts, logs without a `logUri`, and the database unless `database_url` names another."""
    database_url: str
    """An SQLAlchemy URL: `sqlite:///…` or `postgresql+psycopg://…`."""
    releases: dict[str, Release]
    account_id: str = "000000000000"
    """The 12-digit account in ARNs."""
    region: str = "us-east-1"
    """The region in ARNs; signatures may name any region."""
    max_running: int = field(default_factory=usable_cpus)
    """Maximum number of job runs that run at the same time. The others wait as PENDING."""
    kubernetes: KubernetesSettings | None = None
    """The settings of the Kubernetes runtime. None: job runs are processes of this machine."""
    job_user: str | None = None
    """The name or ID of the user that jobs run as, if they are processes. None: the server's own."""
    body_limit: int = 1024 * 1024
    """The largest request body, in bytes."""
    bodies_limit: int = 64 * 1024 * 1024
    """Bytes that the bodies of all requests may hold at the same time, beside the first 64 KiB of each."""
    bodies_limit_per_address: int = 16 * 1024 * 1024
    """The same of the requests from one address."""
    requests_per_second: float | None = None
    """Requests a second that each key, and each address, may send; None: any number."""
    audit_log: Path | None = None
    """The file of the audit log; None: standard output."""
    head_limit: int = 64 * 1024
    """The largest request line with all headers, in bytes: 50 tag keys of the longest fit."""
    log_uri_prefixes: tuple[str, ...] = ()
    """URIs that the `logUri` of every job run must lie below; where there are none, keys without a policy may name any
    place, and keys with one the server's own and their template's."""
    request_timeout: float = 60.0
    """Seconds within which a whole request must arrive."""
    max_connections: int = 400
    """Maximum number of connections at the same time. Twice as many, and the jobs' files, fit into 1,024 open files."""

    @property
    def log_directory(self) -> Path:
        """The folder for the logs of job runs without a `logUri`."""
        return self.state_directory / "logs"


def check_service_url(option: str, url: str, *, example: str) -> None:
    """Checks that `url` can be the address of a service in the cluster.

    Args:
        option: the option that gives it.
        example: what it may be.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # the port is not a number
        valid = False
    # Job runs' details and messages show the URL, so it must not contain a password.
    if not valid or "@" in url or parts.query or parts.fragment:
        raise ConfigurationError(f"{option} must be http:// or https://, a host and a port, as in {example}.")


def load_releases(path: Path) -> dict[str, Release]:
    """Returns the release table in the TOML file `path`. Relative paths in it start at the file's folder.

    Raises:
        ConfigurationError: the file cannot be read, or a row has a missing or an unknown key.
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
_KNOWN = {*_NEEDED, "spark_defaults", "environment", "job_folders", "image", *_PATHS}


def _release(label: str, row: object, path: Path) -> Release:
    if not isinstance(row, dict) or not _NEEDED <= row.keys() <= _KNOWN:
        raise ConfigurationError(
            f"Release {label!r} in {str(path)!r} must be a table with `kind`, `command`, `application_directory`"
            " and, optionally, `spark_defaults`, `environment`, `job_folders`, `image`, `driver_pod_template` and "
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
    folders = row.get("job_folders", {})
    if not isinstance(folders, dict) or not all(access in get_args(FolderAccess) for access in folders.values()):
        raise ConfigurationError(
            f'Release {label!r} in {str(path)!r}: `job_folders` must be a table of "read", "write" or "copy" by '
            "path, with quotes around the paths."
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
        job_folders={str(base / name): access for name, access in folders.items()},
        image=row.get("image"),
        driver_pod_template=driver,
        executor_pod_template=executor,
    )


def _text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
