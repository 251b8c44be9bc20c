"""The lines of a driver's log from the API, which may break off and continue later. Pure."""

import re

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d) ")
_LONGEST = 1024 * 1024
"""The longest line, in bytes, that is held back until its end; a longer one is passed on in pieces."""


class LogLines:
    """Lines with timestamps, taken in pieces of any size and given without the timestamps, each once.

    The API can only begin a log at a second, not at a line. Lines of that second that were already given are skipped.
    """

    def __init__(self) -> None:
        self._last = b""
        """The timestamp of the last line that was given."""
        self._same = 0
        """The number of lines with that timestamp that were given."""
        self._again: tuple[bytes, int] = (b"", 0)
        """The values of `_last` and `_same` when the log broke off."""
        self._seen = 0
        self._dropping = True
        self._left = b""

    @property
    def since(self) -> str | None:
        """The second at which to continue after the log has broken off; None for its beginning."""
        match = _STAMP.match(self._last)
        return (match[1] + match[2]).decode() if match else None

    def begin(self) -> None:
        """Starts reading again, at `since`."""
        self._again, self._seen, self._left, self._dropping = (self._last, self._same), 0, b"", True

    def take(self, chunk: bytes) -> bytes:
        """Returns the lines that this piece completes."""
        *lines, self._left = (self._left + chunk).split(b"\n")
        if len(self._left) > _LONGEST:
            piece, self._left = self._left, b""
            return b"".join(self._line(line + b"\n") for line in lines) + self._line(piece)
        return b"".join(self._line(line + b"\n") for line in lines)

    def rest(self) -> bytes:
        """Returns the last line, if it has no end and nothing follows."""
        left, self._left = self._left, b""
        return self._line(left) if left else b""

    def _line(self, line: bytes) -> bytes:
        match = _STAMP.match(line)
        if match is None:
            # The rest of a line that came in pieces; at the beginning, the kubelet's own message instead of a log.
            return b"" if self._dropping else line
        stamp = match[0]
        last, same = self._again
        if stamp == last:
            self._seen += 1
        self._dropping = stamp < last or (stamp == last and self._seen <= same)
        if self._dropping:
            return b""
        self._same = self._same + 1 if stamp == self._last else 1
        self._last = stamp
        return line[match.end() :]
