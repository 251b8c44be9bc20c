"""The cluster's API through `kubectl`: applying and reading objects, and forwarding ports."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore_cli.base.programs import run, succeeds
from longshore_cli.exceptions import ClusterError

_FORWARD_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """The program kubectl for one cluster."""

    program: str
    kubeconfig: Path

    @property
    def command(self) -> list[str]:
        """The program and the options that name the cluster."""
        return [self.program, "--kubeconfig", str(self.kubeconfig)]

    def apply(self, *manifests: dict[str, Any]) -> None:
        """Creates or changes the objects. They are passed on standard input, where other users cannot see Secrets.

        Raises:
            ClusterError: the API refuses an object.
        """
        objects = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        names = ", ".join(f"{each['kind']} {each['metadata']['name']!r}" for each in manifests)
        # Server-side: a client-side apply would repeat a Secret's content in an annotation.
        self.run("apply", "--server-side", "--force-conflicts", "-f", "-", what=names, given=json.dumps(objects))

    def get(self, kind: str, name: str, *, namespace: str = "") -> dict[str, Any] | None:
        """Returns the object; None if it does not exist.

        Raises:
            ClusterError: the API refuses.
        """
        found = self.run("get", kind, name, *_in(namespace), "--ignore-not-found", "-o", "json", what=f"{kind} {name}")
        return dict(json.loads(found)) if found.strip() else None

    def list(self, kind: str, *, namespace: str = "", selector: str = "") -> list[dict[str, Any]]:
        """Returns the objects of a kind, in one namespace or in all.

        Raises:
            ClusterError: the API refuses.
        """
        where = _in(namespace) or ["--all-namespaces"]
        found = self.run("get", kind, *where, *(["-l", selector] if selector else []), "-o", "json", what=kind)
        return list(json.loads(found)["items"])

    def run(self, *words: str, what: str, given: str | None = None) -> str:
        """Runs `kubectl <words>`, and returns its output.

        Raises:
            ClusterError: the command fails.
        """
        return run([*self.command, *words], what=what, input=None if given is None else given.encode())

    def answers(self) -> bool:
        """Returns true if the cluster's API answers."""
        return self.kubeconfig.exists() and succeeds([*self.command, "get", "--raw", "/readyz"], timeout=10)

    @contextmanager
    def forward(self, target: str, port: int, *, namespace: str) -> Iterator[int]:
        """Forwards a free port of 127.0.0.1 to `port` of `target` (`service/s3`), and yields it.

        Raises:
            ClusterError: the port cannot be forwarded.
        """
        command = [*self.command, "-n", namespace, "port-forward", "--address", "127.0.0.1", target, f":{port}"]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                yield _forwarded_port(process, target)
            finally:
                process.terminate()


def _forwarded_port(process: "subprocess.Popen[bytes]", target: str) -> int:
    if process.stdout is None or process.stderr is None:
        raise ValueError("The process must have pipes.")
    os.set_blocking(process.stdout.fileno(), False)
    said = b""
    deadline = time.monotonic() + _FORWARD_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        said += process.stdout.read() or b""
        if found := re.search(rb"from 127\.0\.0\.1:(\d+)", said):
            return int(found[1])
        time.sleep(0.05)
    process.kill()
    reason = process.stderr.read().decode(errors="replace").strip() or "no answer"
    raise ClusterError(f"No port can be forwarded to {target}: {reason}")


def _in(namespace: str) -> list[str]:
    return ["-n", namespace] if namespace else []


def secret(name: str, *, namespace: str, values: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Returns a Secret's manifest."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "longshore"}},
        "stringData": dict(values),
    }
