"""A driver's log in files of this machine, as `rotation` leaves them: reading them as one file, and removing them."""

import errno
import io
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from emr_containers.runtimes.logs.rotation import stream_file_names
from emr_containers.runtimes.logs.streams import STREAMS, Log, Stream


class Chain(io.RawIOBase):
    """Several files read one after the other, as one file.

    Args:
        files: yields each file when it is needed, and closes the files that it has opened when it is closed itself.
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
        """Closes all files."""
        self._files.close()
        super().close()


def file_names(folder: Path, stream: Stream) -> list[str]:
    """Returns the names of a stream's files, the oldest first; none if the folder is missing."""
    try:
        return stream_file_names([path.name for path in folder.iterdir()], stream)
    except FileNotFoundError:
        return []


def open_files(folder: Path, stream: Stream) -> Log:
    """Returns a stream's files as one, with their present sizes.

    Raises:
        FileNotFoundError: there are no files.
        OSError: the files cannot be read.
    """
    with ExitStack() as opened:
        files: list[BinaryIO] = []
        for name in _newest_first(folder, stream):
            try:
                file = opened.enter_context((folder / name).open("rb"))
            except FileNotFoundError:
                continue  # removed by now as too old; or the next file does not exist yet
            if not files or not os.path.sameopenfile(file.fileno(), files[-1].fileno()):
                files.insert(0, file)
        if not files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder / stream))
        size = sum(os.fstat(file.fileno()).st_size for file in files)
        kept_open = opened.pop_all()
    return Log(file=cast(BinaryIO, Chain(_in_turn(files, kept_open))), size=size)


def remove_files(folder: Path, *, up_to: Path) -> None:
    """Removes a log's files, and then empty folders up to `up_to`; stops silently where a folder is in use."""
    try:
        for stream in STREAMS:
            for name in file_names(folder, stream):
                (folder / name).unlink(missing_ok=True)
        while folder != up_to:
            folder.rmdir()
            folder = folder.parent
    except OSError:
        return  # the folder also has other runs' logs


def _newest_first(folder: Path, stream: Stream) -> Iterator[str]:
    yield stream
    # The other names are listed once that file is open: if it is rotated in the meantime, it has another name.
    yield from (name for name in reversed(file_names(folder, stream)) if name != stream)


def _in_turn(files: list[BinaryIO], opened: ExitStack) -> Generator[BinaryIO]:
    with opened:
        yield from files
