"""The program helm: one release of helm/airflow in each environment's namespace.

Releases are Helm's own records (Secrets of the namespace). `helm list` therefore shows the controller's releases, and a
restarted controller finds those of the one before.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from environments.exceptions import ConfigurationError, HelmError
from environments.requests.helm_arguments import (
    Status,
    failure_of,
    list_arguments,
    rollback_arguments,
    status_of,
    uninstall_arguments,
    upgrade_arguments,
)
from environments.resource.names import RELEASE
from environments.settings import Settings

_GRACE_SECONDS = 60
"""Seconds beyond Helm's own timeouts before its process is killed."""


@dataclass(frozen=True)
class Helm:
    """One helm program for one chart."""

    settings: Settings

    @cached_property
    def chart_digest(self) -> str:
        """Returns the digest of all files of the chart.

        Raises:
            ConfigurationError: the chart is missing.
        """
        folder = Path(self.settings.chart)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not (folder / "Chart.yaml").is_file():
            raise ConfigurationError(f"chart: {str(folder)!r} is no chart of Helm. Set it to the folder helm/airflow.")
        found = hashlib.sha256()
        for path in files:
            found.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
        return found.hexdigest()

    async def upgrade(self, namespace: str, values: Mapping[str, Any], *, wait: bool) -> None:
        """Installs or upgrades the release, after repairing the leftovers of a helm process that was killed.

        Raises:
            HelmError: it fails; with `wait`, the previous revision is restored.
        """
        status = await self.status(namespace)
        if status in ("pending-install", "uninstalling"):
            await self.uninstall(namespace)
        elif status in ("pending-upgrade", "pending-rollback"):
            await self._run(rollback_arguments(namespace=namespace))
        arguments = upgrade_arguments(self.settings, namespace=namespace, wait=wait and status == "deployed")
        await self._run(arguments, given=json.dumps(values).encode())

    async def status(self, namespace: str) -> Status:
        """Returns the release's status.

        Raises:
            HelmError: the status is unknown.
        """
        printed = await self._run(list_arguments(namespace=namespace))
        try:
            return status_of(json.loads(printed))
        except (ValueError, KeyError, TypeError) as error:
            raise HelmError(f"Helm did not print the release's status in {namespace!r}.") from error

    async def uninstall(self, namespace: str) -> None:
        """Uninstalls the release, if there is one.

        Raises:
            HelmError: it fails.
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
            printed, errors = await asyncio.wait_for(process.communicate(given), timeout=limit)
        except TimeoutError as error:
            raise HelmError(f"Helm did not end within {limit} s: helm {arguments[0]} {RELEASE}.") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise HelmError(failure_of(errors.decode(errors="replace")))
        return printed
