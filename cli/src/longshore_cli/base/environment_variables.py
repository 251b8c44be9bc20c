"""Environment variables of the user that would make our programs reach something else than this machine's platform."""

import os
from collections.abc import Mapping

_FOREIGN_PREFIXES = ("AIRFLOW_", "AWS_")
"""Variables of another Airflow or AWS account begin like this; they are removed."""
_LOCAL_HOSTS = "127.0.0.1,localhost"


def without_user_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns `environment` without settings of another Airflow or AWS account. Pure.

    A proxy is kept, but not used for addresses of this machine.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith(_FOREIGN_PREFIXES)}
    return kept | no_proxy_for_localhost(kept)


def no_proxy_for_localhost(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that keep a proxy out of connections to this machine. Pure."""
    names = ("NO_PROXY", "no_proxy")
    return {name: ",".join(part for part in (environment.get(name, ""), _LOCAL_HOSTS) if part) for name in names}


def remove_user_settings() -> None:
    """Removes them from this process and all programs that it starts; see `without_user_settings`."""
    kept = without_user_settings(os.environ)
    os.environ.clear()
    os.environ.update(kept)
