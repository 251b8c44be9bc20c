"""A driver's log in files of this machine, as `log_rotation` leaves them: read as one, and taken away."""

import errno
import io
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from emr_containers.runtimes.log_rotation import kept
from emr_containers.runtimes.logs import STREAMS, Log, Stream


class Chain(io.RawIOBase):
    """Files read one after the other.

    Args:
        files: gives each when it is needed, and closes what it has opened when it is closed itself.
    """

    def __init__(self, files: Generator[BinaryIO]) -> None:
        self._files = files
        self._file = next(files, None)

    def readable(self) -> bool:
        """See `io.IOBase`."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase`."""
        while self._file is not None:
            if data := self._file.read(len(buffer)):
                buffer[: len(data)] = data
                return len(data)
            self._file = next(self._files, None)
        return 0

    def close(self) -> None:
        """Closes what is open."""
        self._files.close()
        super().close()


def file_names(folder: Path, stream: Stream) -> list[str]:
    """The names of a stream's files, the oldest first; none where there is no such folder."""
    try:
        return kept([path.name for path in folder.iterdir()], stream)
    except FileNotFoundError:
        return []


def open_files(folder: Path, stream: Stream) -> Log:
    """A stream's files as one, as far as they are now.

    Raises:
        FileNotFoundError: there are none.
        OSError: they cannot be read.
    """
    with ExitStack() as opened:
        files: list[BinaryIO] = []
        for name in _newest_first(folder, stream):
            try:
                file = opened.enter_context((folder / name).open("rb"))
            except FileNotFoundError:
                continue  # too old by now; or the next one is not there yet
            if not files or not os.path.sameopenfile(file.fileno(), files[-1].fileno()):
                files.insert(0, file)
        if not files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder / stream))
        size = sum(os.fstat(file.fileno()).st_size for file in files)
        kept_open = opened.pop_all()
    return Log(file=cast(BinaryIO, Chain(_in_turn(files, kept_open))), size=size)


def remove_files(folder: Path, *, up_to: Path) -> None:
    """Takes a log's files away, and the folders that are empty without them, below `up_to`, as far as that goes."""
    try:
        for stream in STREAMS:
            for name in file_names(folder, stream):
                (folder / name).unlink(missing_ok=True)
        while folder != up_to:
            folder.rmdir()
            folder = folder.parent
    except OSError:
        return  # there are other runs' logs


def _newest_first(folder: Path, stream: Stream) -> Iterator[str]:
    yield stream
    # Looked for when that is open: put aside in the meantime it is found again, by another name.
    yield from (name for name in reversed(file_names(folder, stream)) if name != stream)


def _in_turn(files: list[BinaryIO], opened: ExitStack) -> Generator[BinaryIO]:
    with opened:
        yield from files
