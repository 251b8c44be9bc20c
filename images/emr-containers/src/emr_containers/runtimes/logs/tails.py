"""The ends of a driver's streams in files of this machine, as `rotation` leaves them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from emr_containers.runtimes.failures.log_tail import LogTail
from emr_containers.runtimes.logs.files import file_names
from emr_containers.runtimes.logs.streams import STREAMS, Stream

_MOST = 8 * 2**20
"""The number of bytes at the end of a stream that are looked at."""
Starts = Mapping[str, tuple[int, int]]
"""For each stream, the inode and the size of its file when an attempt began."""


def note_starts(folder: Path, place: Path) -> None:
    """Writes the present ends of the streams in `folder` to the file `place`, once.

    All attempts of a run write to the same files. The first attempt's files are new, so it needs no note.
    """
    starts = {}
    for stream in STREAMS:
        with suppress(OSError):
            status = (folder / stream).stat()
            starts[stream] = (status.st_ino, status.st_size)
    with suppress(OSError), place.open("x") as file:  # the log's end then is that of all attempts
        json.dump(starts, file)


def read_starts(place: Path) -> Starts:
    """Returns what `note_starts` wrote; empty if it wrote nothing."""
    try:
        return {stream: (int(inode), int(size)) for stream, (inode, size) in json.loads(place.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def read_tail(folder: Path, stream: Stream, *, starts: Starts) -> str:
    """Returns the last lines of a stream since the attempt began; empty if there are none, or they cannot be read."""
    inode, start = starts.get(stream, (0, 0))
    parts: list[tuple[Path, int]] = []
    left = _MOST
    for name in reversed(file_names(folder, stream)):
        with suppress(OSError):
            status = (folder / name).stat()
            begun = status.st_ino == inode
            first = max(start if begun else 0, status.st_size - left)
            parts.insert(0, (folder / name, first))
            left -= max(status.st_size - first, 0)
            if begun or left <= 0:
                break
    tail = LogTail()
    for path, first in parts:
        with suppress(OSError), path.open("rb") as file:
            file.seek(first)
            while piece := file.read(2**16):
                tail.add(piece)
    return tail.text()
