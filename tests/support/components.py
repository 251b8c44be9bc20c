"""Processes that a test kills and starts again."""

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil


@dataclass
class Component:
    """One process, with whatever it starts."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def log(self) -> Path:
        return self.log_folder / f"{self.name}.log"

    def start(self) -> None:
        assert self.process is None
        self.started_at = datetime.now(UTC)
        # A log file, since no thread would go on reading a pipe, and a full pipe would stop the process.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def family(self) -> list[psutil.Process]:
        """It and its descendants, the youngest last."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def kill(self) -> None:
        """SIGKILL to it and all that it has started, as when a machine or a pod is lost."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._gone()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to end, and waits until it has."""
        if self.process is not None:
            self.process.send_signal(number)
            self._gone()

    def _gone(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(timeout=60)
        finally:
            self.process = None
