"""The driver's standard output and error, as EMR on EKS lays them out below the log location.

Reading never fails a task: a note tells what cannot be read. Memory is bounded: a log is read as a stream, and
only its last lines are kept.
"""

import gzip
import io
import json
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from longshore.connection.settings import PlatformSettings
from longshore.connection.storage import storage_path

RESULT_MARK = "LONGSHORE_RESULT "
"""A line of the driver's standard output that begins so carries the job's result as JSON."""

SHOWN_LINES = 200
LINE_LENGTH = 2000
READ_BYTES = 64 * 2**20
"""Maximum number of bytes that are read, from the end of a plain file. (A .gz can only be read from its beginning.)"""

_ERROR = re.compile(r"\b(ERROR|FATAL|Caused by)\b|\w(Error|Exception)\b")
_FRAME = re.compile(r"\s+(at |\.\.\. \d+ more|File \")")


@dataclass(frozen=True)
class StreamLog:
    """One of the driver's two streams."""

    stream: str
    """`stdout` or `stderr`."""
    uri: str
    """The URI of the whole stream."""
    lines: tuple[str, ...] = ()
    """The last lines, at most `SHOWN_LINES`."""
    note: str = ""
    """The reason why `lines` are not the whole stream; empty if they are."""
    result_line: str = ""
    """The last line with `RESULT_MARK`, without it."""
    missing: bool = False
    """True if there is no such file, at least not yet."""

    def error_lines(self, count: int = 5) -> tuple[str, ...]:
        """Returns the last lines with errors, without stack frames, and the last line: it tells why a program ends."""
        lines = [line for line in self.lines if line.strip()]
        telling = [line for line in lines[:-1] if _ERROR.search(line) and not _FRAME.match(line)]
        return (*(telling or lines[:-1]), *lines[-1:])[-count:]


def driver_log_uri(
    settings: PlatformSettings, *, virtual_cluster_id: str, job_run_id: str, log_uri: str | None = None
) -> str:
    """Returns the directory of a job run's driver log, by AWS's layout; empty if there is no place for logs.

    Args:
        log_uri: the place that the job run itself names, instead of the connection's `log_uri`.
    """
    place = log_uri or settings.log_uri
    if not place:
        return ""
    return (
        f"{place.rstrip('/')}/{virtual_cluster_id}/jobs/{job_run_id}"
        f"/containers/spark-{job_run_id}/spark-{job_run_id}-driver"
    )


def read_stream(directory: str, stream: str, *, connection_id: str | None) -> StreamLog:
    """Reads `<directory>/<stream>` or `<directory>/<stream>.gz`, and of a rotated log the file before.

    The last words of a job may lie on both sides of a rotation. Files that were put aside are called
    `<stream>_YYYYMMDD_index` (source: AWS, EMR on EKS development guide, "Spark application logs").

    Args:
        directory: URI, as `driver_log_uri` gives it.
        stream: `stdout` or `stderr`.
        connection_id: Airflow connection for the storage.
    """
    for uri in (f"{directory}/{stream}", f"{directory}/{stream}.gz"):
        try:
            path = storage_path(uri, connection_id=connection_id)
            if not path.exists():
                continue
            return _read(stream, uri, path)
        except Exception as error:  # noqa: BLE001  a storage's own errors have no common base
            return StreamLog(stream, uri, note=f"cannot be read: {type(error).__name__}: {error}")
    return StreamLog(stream, f"{directory}/{stream}", note="is not there", missing=True)


def parse_result(line: str) -> Any:
    """Returns the JSON of a `LONGSHORE_RESULT` line; None if there is no line.

    Raises:
        ValueError: the text is not JSON.
    """
    return json.loads(line) if line else None


def _read(stream: str, uri: str, path: Any) -> StreamLog:
    start = _start(path)
    before = [] if start else _put_aside(path.parent, stream)
    files = [(each, _start(each)) for each in before[-1:]] + [(path, start)]

    def lines() -> Iterator[str]:
        for each, skipped in files:
            with each.open("rb") as raw:
                raw.seek(skipped)
                yield from _lines(_plain(raw, each.name))

    left_out = [f"{len(before) - 1} files"] if len(before) > 1 else []
    left_out += [f"{skipped} bytes" for _, skipped in files if skipped]
    return _tail(stream, uri, lines(), left_out)


def _put_aside(folder: Any, stream: str) -> list[Any]:
    """Returns the files of a rotated log but the newest, the oldest first."""
    name = re.compile(rf"{stream}_\d{{8}}_(\d+)(\.gz)?", re.ASCII)
    try:
        found = [(int(match[1]), path) for path in folder.iterdir() if (match := name.fullmatch(path.name))]
    except Exception:  # noqa: BLE001  as above; who may read a log may not be allowed to list it
        return []
    return [path for _, path in sorted(found, key=lambda item: item[0])]


def _start(path: Any) -> int:
    return 0 if path.name.endswith(".gz") else max(0, path.stat().st_size - READ_BYTES)


def _tail(stream: str, uri: str, lines: Iterator[str], left_out: list[str]) -> StreamLog:
    kept: deque[str] = deque(maxlen=SHOWN_LINES)
    count, result_line = 0, ""
    for line in lines:
        count += 1
        if stream == "stdout" and line.startswith(RESULT_MARK):
            result_line = line.removeprefix(RESULT_MARK)
        kept.append(line if len(line) <= LINE_LENGTH else f"{line[:LINE_LENGTH]}… ({len(line)} characters)")
    if count > len(kept):
        left_out = [*left_out, f"{count - len(kept)} lines"]
    note = f"the first {' and '.join(left_out)} are left out" if left_out else ""
    return StreamLog(stream, uri, tuple(kept), note, result_line)


def _plain(raw: Any, name: str) -> IO[bytes]:
    if name.endswith(".gz"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    # An object store's file (fsspec's) reads lines of any length only: a reader asks it for blocks.
    return cast("IO[bytes]", raw if isinstance(raw, io.BufferedIOBase) else io.BufferedReader(raw))


def _lines(file: IO[bytes]) -> Iterator[str]:
    # Long lines are read in pieces, so that a line without an end does not fill the memory.
    while piece := file.readline(2**20):
        yield piece.decode("utf-8", "replace").rstrip(os.linesep)
