"""`longshore env` as a user calls it, against a stand-in for `kubectl` and a real git repository."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli.dags.repositories import DAG, commit, git, repository, server
from saved_clusters import saved_cluster

LONGSHORE = str(Path(sys.executable).parent / "longshore")
DOUBLE = Path(__file__).parent / "kubectl_double.py"
OWN = "git://git.longshore:9418/dags.git"
"""The address of the cluster's repository, as its pods reach it."""
Done = subprocess.CompletedProcess[str]
Longshore = Callable[..., Done]


@dataclass(frozen=True)
class Cluster:
    """The objects and answers of the stand-in."""

    folder: Path

    def has(self, body: dict[str, Any]) -> None:
        """Puts an object there."""
        (self.folder / "objects" / f"{body['metadata']['name']}.json").write_text(json.dumps(body))
        self.shows(body["status"], name=body["metadata"]["name"])

    def shows(self, *statuses: dict[str, Any], name: str = "mine") -> None:
        """Gives the object's status, one look after another; the last stays."""
        (self.folder / "statuses" / f"{name}.json").write_text(json.dumps(statuses))

    def has_passwords(self, **passwords: str) -> None:
        """Puts the Secret of an environment's users there."""
        data = {"passwords.json": b64encode(json.dumps(passwords).encode()).decode()}
        (self.folder / "secrets" / "airflow-users.json").write_text(json.dumps({"data": data}))

    def refuses(self, verb: str, said: str, *, once: bool = False) -> None:
        """Answers with an error: each time, or once."""
        once_only = self.folder / "refuse" / f"{verb}.once"
        once_only.touch() if once else once_only.unlink(missing_ok=True)
        (self.folder / "refuse" / verb).write_text(said)

    def object(self, name: str = "mine") -> dict[str, Any] | None:
        path = self.folder / "objects" / f"{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    folder = tmp_path / "cluster"
    for name in ("objects", "statuses", "refuse", "secrets"):
        (folder / name).mkdir(parents=True)
    (folder / "user").write_text("ann")
    (folder / "pods.json").write_text('{"items": []}')
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{DOUBLE}" "{folder}" "$@"\n')
    program.chmod(0o755)
    return Cluster(folder)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The repository of the cluster."""
    return server(tmp_path / "dags.git")


@pytest.fixture
def checkout(tmp_path: Path, cluster: Cluster, bare: Path) -> Path:
    """A checkout with a cluster."""
    folder = repository(tmp_path / "checkout")
    (folder / ".git" / "info" / "exclude").write_text(".longshore\n")
    saved_cluster(kubectl=str(tmp_path / "bin" / "kubectl"), git_repository=str(bare)).save(folder)
    return folder


@pytest.fixture
def longshore(checkout: Path, tmp_path: Path) -> Longshore:
    """Runs `longshore env …` in the checkout."""

    def call(*arguments: str, folder: Path = checkout, **variables: str) -> Done:
        path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
        return subprocess.run(
            [LONGSHORE, "env", *arguments],
            env=os.environ | {"PATH": path, "COLUMNS": "300", "XDG_STATE_HOME": str(tmp_path / "state")} | variables,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return call


def pushed(checkout: Path, bare: Path, name: str = "my-change") -> str:
    """A branch of one commit in the cluster's repository; the commit."""
    git(checkout, "switch", "--quiet", "--create", name)
    sha = commit(checkout, "mine", {"dags/mine.py": DAG.format(name="mine")})
    git(checkout, "push", "--quiet", str(bare), name)
    return sha
