"""A driver's log from the API, which may break off and is read again from where it was. Pure."""

import re

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d) ")
_LONGEST = 1024 * 1024
"""Bytes of a line that has no end yet; one that is longer is passed on in pieces."""


class Lines:
    """Takes stamped lines in pieces of any size and gives them without their stamps, each once.

    The API can begin a log at a second, not at a line: what was given of that second is left out by its stamp.
    """

    def __init__(self) -> None:
        self._last = b""
        """The stamp of the last line that was given."""
        self._same = 0
        """How many lines with that stamp were given."""
        self._again: tuple[bytes, int] = (b"", 0)
        """What `_last` and `_same` were when the log broke off, until it is past that."""
        self._seen = 0
        self._dropping = True
        self._left = b""

    @property
    def since(self) -> str | None:
        """The second to begin at after the log has broken off; None for its beginning."""
        match = _STAMP.match(self._last)
        return (match[1] + match[2]).decode() if match else None

    def begin(self) -> None:
        """The log begins again, at `since`."""
        self._again, self._seen, self._left, self._dropping = (self._last, self._same), 0, b"", True

    def take(self, chunk: bytes) -> bytes:
        """The whole lines that are there with this piece."""
        *lines, self._left = (self._left + chunk).split(b"\n")
        if len(self._left) > _LONGEST:
            piece, self._left = self._left, b""
            return b"".join(self._line(line + b"\n") for line in lines) + self._line(piece)
        return b"".join(self._line(line + b"\n") for line in lines)

    def rest(self) -> bytes:
        """What there is of a last line without an end, when nothing comes any more."""
        left, self._left = self._left, b""
        return self._line(left) if left else b""

    def _line(self, line: bytes) -> bytes:
        match = _STAMP.match(line)
        if match is None:
            # The rest of a line that came in pieces; or, at the beginning, what the kubelet says instead of a log.
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
