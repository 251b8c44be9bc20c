"""Debian's packages, installed by root."""

import os

from longshore_cli.base.programs import run


def apt_install(*packages: str) -> None:
    """Installs Debian packages.

    Raises:
        ClusterError: apt-get fails.
    """
    what = f"The Debian packages {', '.join(packages)} cannot be installed"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], what=what, environment=environment)
    run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], what=what, environment=environment)
