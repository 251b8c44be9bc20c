"""What of the user's own settings would lead the embedded platform somewhere else."""

import os
from collections.abc import Mapping

_LEADS_ELSEWHERE = ("AIRFLOW_", "AWS_")
"""Another Airflow's database, another account's keys and endpoints: variables that begin so are left out."""
_OURS = "127.0.0.1,localhost"


def without_the_users_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with which the platform's parts find each other, whatever else the user works with. Pure.

    A proxy is kept for what lies outside, and passed by for what lies on this machine.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith(_LEADS_ELSEWHERE)}
    return kept | without_proxy_here(kept)


def without_proxy_here(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables by which a proxy of `environment` is passed by on the way to this machine. Pure."""
    names = ("NO_PROXY", "no_proxy")
    return {name: ",".join(part for part in (environment.get(name, ""), _OURS) if part) for name in names}


def leave_the_users_settings() -> None:
    """Does so to the environment of this process, and so to those of all that it starts."""
    kept = without_the_users_settings(os.environ)
    os.environ.clear()
    os.environ.update(kept)
