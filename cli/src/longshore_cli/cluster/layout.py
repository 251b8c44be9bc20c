"""The files of the cluster commands: `.longshore/cluster/` in the checkout, and a cache outside it."""

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
        """Addresses and keys; mode 0700."""
        return self.root / ".longshore" / "cluster"

    @property
    def kubeconfig(self) -> Path:
        return self.state / "kubeconfig"

    @property
    def kind_config(self) -> Path:
        """The configuration for `kind create cluster`: `kind-config.yaml` adapted to this machine."""
        return self.state / "kind-config.yaml"

    @property
    def environment(self) -> Path:
        """The file of `SavedCluster`."""
        return self.state / "environment.json"

    @property
    def engine_pid(self) -> Path:
        """The process ID of the Docker engine, if this checkout started it."""
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
        """Creates the folders.

        Raises:
            ClusterError: `root` is not a checkout of the project.
        """
        if not (self.root / "kind-config.yaml").is_file():
            raise ClusterError(f"{str(self.root)!r} is not a checkout of Longshore; run this in its top folder.")
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
