"""A driver's output in files of a limited size, of which only the newest are kept.

`stdout` is the file that is written. A full file is renamed to `stdout_YYYYMMDD_index`, with the day (UTC) of the
rotation and a number that goes on over the days. Sources: AWS, EMR on EKS development guide, "Using Spark container log
rotation" for the files that are kept, and "Spark application logs" for their names.

As a program, this file stands between the job of a process runtime and its log files. It imports only the standard
library, so that it starts in a hundredth of a second (`python -I -S`).
"""

import fcntl
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_ROTATED = re.compile(r"(.+)_\d{8}_(\d+)", re.ASCII)
_LONGEST_LINE = 2**20
"""The longest line, in bytes, that stays whole even if its file gets too large. Readers read such pieces, too."""
_CHUNK = 64 * 1024
_PIPES = {3: "stdout", 4: "stderr"}
"""The file descriptors that the launcher opens for this program (see `process/launcher.sh`)."""
_OVER = 5
"""The file descriptor that is readable when the job has ended."""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """A job's containerLogRotationConfiguration."""

    size: int
    """The size at which a file is full, in bytes."""
    keep: int
    """The number of a stream's files that are kept, including the one that is written; from 1."""


def stream_file_names(names: Collection[str], stream: str) -> list[str]:
    """Returns those of a folder's file names that belong to one stream, the oldest first."""
    rotated = [(_index(name), name) for name in names if _stream(name) == stream]
    return [name for _, name in sorted(rotated)] + ([stream] if stream in names else [])


class RotatingFile:
    """One stream's files. Existing content is kept, and new output is appended."""

    def __init__(self, folder: Path, stream: str, *, rotation: Rotation | None) -> None:
        self._folder, self._stream, self._rotation = folder, stream, rotation
        self._file: BinaryIO | None = None
        self._size = 0
        self._line = 0
        """The bytes written so far of a line that has no end yet."""

    def write(self, data: bytes) -> None:
        """Appends `data`.

        Raises:
            OSError: not everything could be written. The next call appends its own data only.
        """
        while data:
            file = self._opened()
            piece = data
            if self._rotation is not None and not (piece := self._fitting(data, self._rotation.size)):
                self._rotate(self._rotation)
                continue
            count = file.write(piece)
            self._size += count
            end = piece.rfind(b"\n", 0, count)
            self._line = self._line + count if end < 0 else count - end - 1
            data = data[count:]

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = (self._folder / self._stream).open("ab+", buffering=0)
            self._size = self._file.seek(0, os.SEEK_END)
            last = os.pread(self._file.fileno(), 1, max(self._size - 1, 0))
            self._line = 0 if last in (b"", b"\n") else 1
        return self._file

    def _fitting(self, data: bytes, most: int) -> bytes:
        room = max(most - self._size, 0)
        if len(data) <= room:
            return data
        if whole := data.rfind(b"\n", 0, room) + 1:
            return data[:whole]
        if (self._line == 0 and self._size > 0) or self._line > _LONGEST_LINE:
            return b""
        return data[: data.find(b"\n") + 1 or len(data)]

    def _rotate(self, rotation: Rotation) -> None:
        self.close()
        rotated = stream_file_names([path.name for path in self._folder.iterdir()], self._stream)[:-1]
        index = _index(rotated[-1]) + 1 if rotated else 0
        name = f"{self._stream}_{time.strftime('%Y%m%d', time.gmtime())}_{index}"
        (self._folder / self._stream).rename(self._folder / name)
        old = [*rotated, name]
        for each in old[: max(len(old) + 1 - rotation.keep, 0)]:  # one more is about to begin
            (self._folder / each).unlink(missing_ok=True)


def _stream(name: str) -> str | None:
    match = _ROTATED.fullmatch(name)
    return match[1] if match else None


def _index(name: str) -> int:
    return int(name.rpartition("_")[2])


def _copy(pipe: int, file: RotatingFile, most: int) -> int:
    data = os.read(pipe, most)
    with suppress(OSError):  # a full disk loses output, as if the job wrote to it itself, but the job goes on
        file.write(data)
    return len(data)


def _main(folder: Path, rotation: Rotation) -> None:
    files = {pipe: RotatingFile(folder, stream, rotation=rotation) for pipe, stream in _PIPES.items()}
    poll = select.poll()
    for pipe in (*files, _OVER):
        poll.register(pipe, select.POLLIN)
    while _OVER not in (ready := [pipe for pipe, _ in poll.poll()]):
        for pipe in ready:
            _copy(pipe, files[pipe], _CHUNK)
    for pipe, file in files.items():
        # Only what is in the pipe now: processes that the job left behind may write on, and are not waited for.
        (left,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))
        while left > 0:
            left -= _copy(pipe, file, min(left, _CHUNK))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Rotation(size=int(sys.argv[2]), keep=int(sys.argv[3])))
