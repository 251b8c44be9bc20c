"""The files of an application's event log, by their names. Pure.

A log is one file, or a folder `eventlog_v2_<application>` with files `events_<number>_<application>`. A file that ends
in `.compact` replaces all files up to its number. Source: Spark 4.1, EventLogFileReaders and EventLogFileWriter.
"""

import re
from collections.abc import Iterable

FOLDER = "eventlog_v2_"
_ROLLED = re.compile(r"events_([0-9]{1,9})_.*")
_ENDS = (".inprogress", ".compact")
_CODECS = ("lz4", "lzf", "snappy", "zstd")


def is_log(name: str) -> bool:
    """Returns True if a file or folder with that name is an event log, not a checksum, a status or a hidden file."""
    return not name.startswith((".", "_", "appstatus_"))


def ordered_parts(names: Iterable[str]) -> list[str]:
    """Returns the files of a rolled log that count, in the order of their events.

    Args:
        names: of all files in the log's folder.
    """
    parts = [(int(match[1]), name) for name in names if (match := _ROLLED.fullmatch(name))]
    compacted = max((number for number, name in parts if name.endswith(".compact")), default=0)
    return [name for number, name in sorted(parts) if number > compacted or _replaces(name, number, compacted)]


def codec_of(name: str) -> str | None:
    """Returns the short name of the codec by which a log's file is compressed; None: it is not."""
    for end in _ENDS:
        name = name.removesuffix(end)
    _, dot, end = name.rpartition(".")
    return end if dot and end in _CODECS else None


def _replaces(name: str, number: int, compacted: int) -> bool:
    return number == compacted and name.endswith(".compact")
