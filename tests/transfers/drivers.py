"""Transfers as drivers of their own, as a job run has them: processes that a test kills with all that they started."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from support.longshore_commands import ROOT
from support.waiting import until

from .conftest import World

_IMAGE = ROOT / "images/spark"


@dataclass(frozen=True)
class Driver:
    """A running driver."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    @property
    def message(self) -> str:
        """The message that it leaves for the job's user."""
        log = self.folder / "termination-log"
        return log.read_text() if log.exists() else ""

    def says(self, text: str) -> None:
        """Waits until its message begins so."""

        def said() -> bool:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            return self.message.startswith(text)

        until(f"the driver says {text!r}", said, every=0.01)

    def kill(self) -> None:
        """Kills its process group, as a node that is lost does, or the kernel for want of memory."""
        os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.wait() == -signal.SIGKILL


@contextmanager
def started_driver(world: World, folder: Path, job_run: str, arguments: list[str]) -> Iterator[Driver]:
    """Starts the application as a job run's driver; it is killed at the end of the block at the latest."""
    folder.mkdir()
    environment = {
        "LONGSHORE_CONNECTIONS": str(world.connections),
        "LONGSHORE_JOB_RUN": job_run,
        "LONGSHORE_TERMINATION_LOG": str(folder / "termination-log"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [str(_IMAGE / "bin/spark-submit"), "--master", "local[2]", "--conf", "spark.ui.enabled=false"]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            [*command, str(_IMAGE / "app/transfer.py"), *arguments],
            env=os.environ | environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Driver(process, folder)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
