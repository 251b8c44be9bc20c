"""Where the cluster commands keep what: `.longshore/cluster/` in the checkout, and a cache outside it."""

import os
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.exceptions import ClusterError

NAME = "longshore"
"""The kind cluster's name."""


@dataclass(frozen=True)
class ClusterLayout:
    """The files of one checkout's cluster."""

    root: Path
    """The checkout."""

    @property
    def state(self) -> Path:
        """0700: addresses and keys."""
        return self.root / ".longshore" / "cluster"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "kubeconfig"

    @property
    def kind_config(self) -> Path:
        """What `kind create cluster` is given: `kind-config.yaml` with what this machine needs."""
        return self.state / "kind-config.yaml"

    @property
    def environment(self) -> Path:
        """See `cluster_environment`."""
        return self.state / "environment.json"

    @property
    def engine_pid(self) -> Path:
        """There if this checkout started the Docker engine."""
        return self.state / "engine.pid"

    @property
    def engine_log(self) -> Path:
        return self.state / "engine.log"

    @property
    def engine_settings(self) -> Path:
        return self.state / "engine.json"

    @property
    def cache(self) -> Path:
        """Builds, keyed by content; outside the checkout, so that a fresh clone finds them."""
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "longshore"

    def prepare(self) -> None:
        """Makes the folders.

        Raises:
            ClusterError: `root` is no checkout of the project.
        """
        if not (self.root / "kind-config.yaml").is_file():
            raise ClusterError(f"{str(self.root)!r} is not a checkout of Longshore; run this in its top folder.")
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
