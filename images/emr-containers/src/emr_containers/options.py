"""The values of the command line's options: their checks, and the settings that they make."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emr_containers.exceptions import ConfigurationError
from emr_containers.settings import KubernetesSettings, Settings, check_service_url

_SERVICES = {"yunikorn_url": "http://yunikorn.yunikorn:9080", "logs_url": "http://logs.observability:9428"}
"""The options that are addresses of services, and an example of each."""


def check_log_prefixes(settings: Settings) -> None:
    """Checks the places that `--log-uri-prefix` names.

    Raises:
        ConfigurationError: one of them is no place for logs.
    """
    # Imported late: `--help` needs no database.
    from emr_containers.operations.log_prefixes import check_prefix

    for prefix in settings.log_uri_prefixes:
        check_prefix(prefix)


def check_job_user(name: str, runtime: str, files: Mapping[str, Path | None]) -> None:
    """Checks that jobs can run as the user `name`, who reads none of `files`.

    Args:
        files: the server's own, by the options that name them.

    Raises:
        ConfigurationError: jobs cannot run as this user, or the user can read such a file.
    """
    if runtime == "kubernetes":
        raise ConfigurationError("--job-user needs --runtime process; leave it out.")
    from emr_containers.runtimes.process.job_user import check_unreadable, find_job_user

    user = find_job_user(name)
    for option, file in files.items():
        if file is not None:
            check_unreadable(file, user, option=option)


def is_loopback(host: str) -> bool:
    """Returns True if the address that `--host` names is only reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def database_url_of(url: str | None, file: Path | None, state: Path) -> str:
    """Returns the database's URL: the one given, the one in `file`, or a SQLite file's in the folder `state`.

    Raises:
        ConfigurationError: both are given, or the file cannot be read.
    """
    if url is not None and file is not None:
        raise ConfigurationError("--database-url cannot be used with --database-url-file; use one of them.")
    if file is None:
        return url or _sqlite(state / "emr-containers.sqlite")
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"The file {str(file)!r} of --database-url-file cannot be read: {reason}.") from error


def kubernetes_settings(runtime: str, options: dict[str, Any]) -> KubernetesSettings | None:
    """Returns the settings of the Kubernetes runtime; None for another runtime.

    Args:
        options: those that were given, by their names in `KubernetesSettings`.

    Raises:
        ConfigurationError: an option does not go with the runtime, or its value is wrong.
    """
    if runtime == "kubernetes":
        for name, example in _SERVICES.items():
            if name in options:
                check_service_url(f"--{name.replace('_', '-')}", options[name], example=example)
        if rows := options.pop("service_account", None):
            options["service_accounts"] = _accounts(rows)
        return KubernetesSettings(**options)
    for name in options:
        raise ConfigurationError(f"--{name.replace('_', '-')} needs --runtime kubernetes; leave it out.")
    return None


def _accounts(rows: list[str]) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for row in rows:
        role, _, name = row.rpartition("=")  # a role's name may hold one
        if not role.startswith("arn:") or not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name):
            raise ConfigurationError(
                f"--service-account is {row!r}; use ROLE_ARN=NAME, as in arn:aws:iam::000000000000:role/team-a=team-a."
            )
        if role in accounts:
            raise ConfigurationError(f"--service-account names the role {role!r} twice; leave one of them out.")
        accounts[role] = name
    return accounts


def _sqlite(path: Path) -> str:
    from sqlalchemy.engine import URL

    return URL.create("sqlite", database=str(path)).render_as_string()
