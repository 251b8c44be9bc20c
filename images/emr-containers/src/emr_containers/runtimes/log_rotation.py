"""A driver's output in files of a bounded size, of which only the newest are kept.

`stdout` is the file that is written to. One that is full is called `stdout_YYYYMMDD_index`, by the day (UTC) on which
it was put aside and a number that goes on over the days. Source: AWS, EMR on EKS development guide, "Using Spark
container log rotation" for what is kept; for the names its "Spark application logs", the one place that has any.

As a program it stands between a process runtime's job and its files. It knows nothing but the standard library, so
that it starts in a hundredth of a second (`python -I -S`).
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
"""Bytes. A line is kept whole, even where its file gets too large, unless it is longer; readers take it in such pieces
too."""
_CHUNK = 64 * 1024
_PIPES = {3: "stdout", 4: "stderr"}
"""What the launcher opens for the program (see `process`)."""
_OVER = 5
"""Readable when the job has ended."""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """A job's containerLogRotationConfiguration."""

    size: int
    """Bytes at which a file is full."""
    keep: int
    """Files of a stream that are kept, with the one that is written to; from 1."""


def kept(names: Collection[str], stream: str) -> list[str]:
    """Of the names in a folder those of one stream's files, the oldest first."""
    rotated = [(_index(name), name) for name in names if _stream(name) == stream]
    return [name for _, name in sorted(rotated)] + ([stream] if stream in names else [])


class RotatingFile:
    """One stream's files; what they already hold stays in front."""

    def __init__(self, folder: Path, stream: str, *, rotation: Rotation | None) -> None:
        self._folder, self._stream, self._rotation = folder, stream, rotation
        self._file: BinaryIO | None = None
        self._size = 0
        self._line = 0
        """Bytes that there are of a line without an end yet."""

    def write(self, data: bytes) -> None:
        """Appends.

        Raises:
            OSError: not all of it could be written; the next call goes on with what it is given.
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
        """Lets go of the file."""
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
        rotated = kept([path.name for path in self._folder.iterdir()], self._stream)[:-1]
        index = _index(rotated[-1]) + 1 if rotated else 0
        name = f"{self._stream}_{time.strftime('%Y%m%d', time.gmtime())}_{index}"
        (self._folder / self._stream).rename(self._folder / name)
        old = [*rotated, name]
        for each in old[: max(len(old) + 1 - rotation.keep, 0)]:  # with the one that begins
            (self._folder / each).unlink(missing_ok=True)


def _stream(name: str) -> str | None:
    match = _ROTATED.fullmatch(name)
    return match[1] if match else None


def _index(name: str) -> int:
    return int(name.rpartition("_")[2])


def _copy(pipe: int, file: RotatingFile, most: int) -> int:
    data = os.read(pipe, most)
    with suppress(OSError):  # as where a job writes to a full disk itself: what has no room is lost, the job goes on
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
        # As much as there is now: what the job has left behind may go on writing, and is not waited for.
        (left,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))
        while left > 0:
            left -= _copy(pipe, file, min(left, _CHUNK))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Rotation(size=int(sys.argv[2]), keep=int(sys.argv[3])))
