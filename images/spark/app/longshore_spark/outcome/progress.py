"""The progress of a transfer, written where it can be read after the driver's end, even if the driver was killed."""

import os
from pathlib import Path

_LONGEST = 4096


def leave_message(message: str) -> None:
    """Writes the message where Kubernetes and the job server read it.

    Source: Kubernetes, "Determine the Reason for Pod Failure": /dev/termination-log, at most 4,096 bytes.
    """
    path = Path(os.environ.get("LONGSHORE_TERMINATION_LOG", "/dev/termination-log"))
    if path.parent == Path("/dev") and not path.exists():
        return
    content = message.encode()[:_LONGEST].decode(errors="ignore").encode()  # cuts no character in two
    # One call overwrites the file in place, so that a reader, or a kill, at any moment finds one of the messages. Line
    # ends cover the end of a longer earlier message.
    with path.open("r+b" if path.exists() else "wb", buffering=0) as file:
        file.write(content + b"\n" * max(0, path.stat().st_size - len(content)))
        file.truncate(len(content))


class Progress:
    """The progress of a write; each step leaves a message, in case the driver is killed (see `leave_message`)."""

    def __init__(self) -> None:
        self.sentence: str | None = None
        """The sentence about a commit that has begun; None: nothing can be seen of the transfer yet."""
        self._before = ""

    def before(self, sentence: str) -> None:
        """Records what is known of the tables before the next one; all later messages end with it."""
        self.sentence, self._before = None, sentence

    def nothing_written(self, target: str) -> None:
        """Records that the transfer has locked its target, and has changed nothing."""
        self.sentence = None
        self._leave(f"Nothing was written to {target!r}.")

    def commit_started(self, target: str) -> None:
        """Records that the commit begins."""
        self.sentence = f"It is not known whether {target!r} was written: the commit had begun."
        self._leave(self.sentence)

    def written(self, target: str, rows: int) -> None:
        """Records that the commit has happened."""
        self.sentence = f"{target!r} was written: {rows} rows."
        self._leave(self.sentence)

    def commit_refused(self) -> None:
        """Records that the commit has certainly not happened."""
        self.sentence = None

    def _leave(self, sentence: str) -> None:
        leave_message(f"{sentence} {self._before}".rstrip())


progress = Progress()
"""The progress of this process, which does one transfer at a time."""
