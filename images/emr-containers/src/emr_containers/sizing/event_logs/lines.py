"""The lines of a text that comes in chunks, in bounded memory. Pure."""

from collections.abc import Iterable, Iterator

LONGEST = 16 << 20
"""Bytes of the longest line. The plan of a query may be longer, but says nothing of memory."""


def split_lines(chunks: Iterable[bytes], *, longest: int = LONGEST) -> Iterator[bytes]:
    """Yields each line without its end; the first `longest` bytes at most of one that is longer."""
    rest, skipping = b"", False
    for chunk in chunks:
        first, *lines = chunk.split(b"\n")
        if not skipping:
            rest += first
        if not lines:
            if len(rest) > longest:
                rest, skipping = rest[:longest], True
            continue
        yield rest[:longest]
        rest, skipping = lines.pop(), False
        for line in lines:
            yield line[:longest]
    if rest:
        yield rest[:longest]
