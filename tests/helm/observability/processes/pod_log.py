"""A container's log as the kubelet keeps it: lines in CRI's form, in a file that is rotated by its size.

Source: Kubernetes, "Logging Architecture"; kubelet, pkg/kubelet/logs/container_log_manager.go.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_PART = 16 * 1024
"""The bytes after which containerd begins another part of a long line."""


@dataclass
class PodLog:
    """The log of one container."""

    pods: Path
    namespace: str = "jobs"
    pod: str = "job-run-0mwvdu3wj2qwiof98b9kp6kzz-x7k2p"
    uid: str = "2f8b5a1e-0000-4000-8000-000000000001"
    container: str = "spark-kubernetes-driver"
    rotations: int = 0

    @property
    def file(self) -> Path:
        """The file that is written to."""
        return self.pods / f"{self.namespace}_{self.pod}_{self.uid}" / self.container / "0.log"

    def write(self, *texts: str) -> None:
        """Writes lines of the container's output."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a") as file:
            for text in texts:
                *parts, last = (text[at : at + _PART] for at in range(0, max(len(text), 1), _PART))
                for tag, part in (*(("P", part) for part in parts), ("F", last)):
                    file.write(f"{datetime.now(UTC).isoformat(timespec='microseconds')[:-6]}000Z stdout {tag} {part}\n")

    def rotate(self) -> None:
        """Renames the file, as the kubelet does when it is large. The newest rotated file stays uncompressed."""
        self.rotations += 1
        self.file.rename(self.file.with_name(f"0.log.20261130-{self.rotations:06}"))
        self.file.touch()
