"""Helm, by its program: one release of helm/airflow in each environment's namespace.

Releases are Helm's own records (Secrets of the namespace), so that `helm list` shows what we do, and a controller that
is started anew finds what an earlier one has left.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from environments.exceptions import ConfigurationError, HelmError
from environments.names import RELEASE
from environments.settings import Settings

_HISTORY = 3
"""Revisions that are kept: what goes back goes back by one."""
_GRACE_SECONDS = 60
"""Longer than Helm may take by itself before it is ended."""
Status = Literal["deployed", "failed", "pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "none"]


def upgrade_arguments(settings: Settings, *, namespace: str, wait: bool) -> list[str]:
    """What Helm is called with to install or upgrade; the values come on standard input. Pure.

    Args:
        wait: whether it waits until all pods are ready, and goes back to what was there before where they do not
            become so. The first installation does not: what is wrong with it can only be seen while it is there.
    """
    waiting = ["--rollback-on-failure", "--wait=watcher", f"--timeout={settings.upgrade_seconds}s"]
    return [
        *("upgrade", "--install", RELEASE, settings.chart, f"--namespace={namespace}", "--values=-"),
        # What somebody has changed by hand in the meantime is set right.
        *("--server-side=true", "--force-conflicts"),
        f"--history-max={_HISTORY}",
        *(waiting if wait else ["--wait=hookOnly"]),
    ]


def list_arguments(*, namespace: str) -> list[str]:
    """To ask for the release and its status. Pure."""
    return ["list", f"--namespace={namespace}", f"--filter=^{RELEASE}$", "--output=json"]


def rollback_arguments(*, namespace: str) -> list[str]:
    """To go back to the revision before. Pure."""
    return ["rollback", RELEASE, f"--namespace={namespace}", "--server-side=true", "--force-conflicts"]


def uninstall_arguments(*, namespace: str) -> list[str]:
    """To remove the release; where there is none, that is fine. Pure."""
    return ["uninstall", RELEASE, f"--namespace={namespace}", "--ignore-not-found"]


def status_of(listed: Sequence[Mapping[str, Any]]) -> Status:
    """The release's status from what `helm list --output=json` prints. Pure."""
    found: Status = listed[0]["status"] if listed else "none"
    return found


@dataclass(frozen=True)
class Helm:
    """One helm program, for one chart."""

    settings: Settings

    @cached_property
    def chart_digest(self) -> str:
        """Of all files of the chart.

        Raises:
            ConfigurationError: there is no chart.
        """
        folder = Path(self.settings.chart)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not (folder / "Chart.yaml").is_file():
            raise ConfigurationError(f"chart: {str(folder)!r} is no chart of Helm's; name the folder of helm/airflow.")
        found = hashlib.sha256()
        for path in files:
            found.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
        return found.hexdigest()

    async def upgrade(self, namespace: str, values: Mapping[str, Any], *, wait: bool) -> None:
        """Installs or upgrades the release, after setting right what a Helm that was killed has left.

        Raises:
            HelmError: it fails; with `wait`, what was there before is there again.
        """
        status = await self.status(namespace)
        if status in ("pending-install", "uninstalling"):
            await self.uninstall(namespace)
        elif status in ("pending-upgrade", "pending-rollback"):
            await self._run(rollback_arguments(namespace=namespace))
        ours = upgrade_arguments(self.settings, namespace=namespace, wait=wait and status == "deployed")
        await self._run(ours, given=json.dumps(values).encode())

    async def status(self, namespace: str) -> Status:
        """The release's.

        Raises:
            HelmError: it cannot be told.
        """
        printed = await self._run(list_arguments(namespace=namespace))
        try:
            return status_of(json.loads(printed))
        except (ValueError, KeyError, TypeError) as error:
            raise HelmError(f"Helm does not tell the release's status in {namespace!r}.") from error

    async def uninstall(self, namespace: str) -> None:
        """Removes the release, if it is there.

        Raises:
            HelmError: it cannot be removed.
        """
        await self._run(uninstall_arguments(namespace=namespace))

    async def _run(self, arguments: Sequence[str], *, given: bytes = b"") -> bytes:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                self.settings.helm, *arguments, stdin=pipe, stdout=pipe, stderr=pipe
            )
        except OSError as error:
            raise HelmError(f"The program {self.settings.helm!r} cannot be run: {error.strerror}.") from error
        try:
            limit = 2 * self.settings.upgrade_seconds + _GRACE_SECONDS  # a rollback may take as long again
            printed, said = await asyncio.wait_for(process.communicate(given), timeout=limit)
        except TimeoutError as error:
            raise HelmError(f"Helm did not come to its end: helm {arguments[0]} {RELEASE}.") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise HelmError(_message(said.decode(errors="replace")))
        return printed


def _message(said: str) -> str:
    """What stands behind `Error: `, of which Helm may join several, a line each."""
    lines = [line.strip() for line in said.rpartition("Error: ")[2].splitlines() if line.strip()]
    return "; ".join(lines)[:1000] or "Helm failed, and does not say why."
