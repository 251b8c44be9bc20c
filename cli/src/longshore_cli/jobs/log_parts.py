"""Parts of a job run's log, by pod and stream, and the search in them. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from longshore_cli.exceptions import CliError


@dataclass(frozen=True, kw_only=True)
class LogPart:
    """One stream of one pod's output."""

    pod: str
    """The pod's name; `driver` for the driver, also where it is a process."""
    stream: Literal["stdout", "stderr"]
    content: bytes

    @property
    def place(self) -> str:
        """The prefix of its lines: `driver/stdout`."""
        return f"{self.pod}/{self.stream}"


def compiled(pattern: str) -> re.Pattern[str]:
    """Returns the regular expression.

    Raises:
        CliError: it is not one.
    """
    try:
        return re.compile(pattern)
    except re.error as error:
        raise CliError(f"{pattern!r} is not a regular expression of Python: {error}.") from error


def matching_lines(parts: Iterable[LogPart], pattern: re.Pattern[str]) -> Iterator[str]:
    """Yields the lines in which the pattern is found, each with its place before it."""
    for part in parts:
        for line in part.content.decode(errors="replace").splitlines():
            if pattern.search(line):
                yield f"{part.place}: {line}"


def sections(parts: Iterable[LogPart]) -> Iterator[bytes]:
    """Yields the parts that are not empty, each below a heading with its place."""
    for part in parts:
        if part.content:
            yield f"=== {part.place} ===\n".encode()
            yield part.content if part.content.endswith(b"\n") else part.content + b"\n"
