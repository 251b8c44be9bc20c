"""The last lines of a log that grows, in a limited memory. Pure."""

import re
from collections import deque

_LONGEST = 4096
"""The number of bytes kept of each line. The type of an exception and the start of its message fit into them."""
_MOST = 128 * 1024
"""The number of bytes kept of all lines: a chain of tracebacks with Java's in them, and what follows it."""
_QUIET = re.compile(
    rb"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (INFO|DEBUG|TRACE) |\{\"ts\":\"[^\"]*\",\"level\":\"(INFO|DEBUG|TRACE)\""
)
"""The beginning of Spark's own lines that say nothing about a failure, as text and as JSON."""
_FRAME = re.compile(rb"\s+(at |\.\.\. \d+ more)")
"""A line of a Java stack trace. Only the first of several is kept."""
_BREAK = re.compile(rb"[\r\n]")


class LogTail:
    """The last lines of one log, taken in pieces of any size."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._line = b""
        """The beginning of the line that has no end yet."""
        self._frame = False

    def add(self, data: bytes) -> None:
        """Takes the next bytes of the log."""
        first, *others = _BREAK.split(data)
        self._line += first[: _LONGEST - len(self._line)]
        for line in others:
            self._take(self._line)
            self._line = line[:_LONGEST]

    def text(self) -> str:
        """Returns the lines kept so far, the last one whether or not it has ended."""
        lines = b"\n".join([*self._lines, self._line])
        return lines.decode(errors="replace").replace("\0", "")

    def _take(self, line: bytes) -> None:
        frame = _FRAME.match(line) is not None
        if _QUIET.match(line) or (frame and self._frame):
            return
        self._frame = frame
        self._lines.append(line)
        self._size += len(line) + 1
        while self._size > _MOST:
            self._size -= len(self._lines.popleft()) + 1
