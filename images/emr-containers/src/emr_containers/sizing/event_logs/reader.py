"""An event log as a profile: its files are read once, from the first to the last, as far as they can be read."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from emr_containers.sizing.event_logs.codecs import decompressed
from emr_containers.sizing.event_logs.events import UnreadableLineError, read_event
from emr_containers.sizing.event_logs.exceptions import EventLogError
from emr_containers.sizing.event_logs.folding import Folding
from emr_containers.sizing.event_logs.lines import split_lines
from emr_containers.sizing.event_logs.names import codec_of, ordered_parts
from emr_containers.sizing.profile import Profile

Part = tuple[str, Callable[[], BinaryIO]]
"""A file of a log: its name, and a function that opens it."""


def read_profile(parts: Iterable[Part]) -> Profile:
    """Returns the profile of a log.

    Damaged, foreign and missing parts make no error: the profile says what was read and what was not.

    Args:
        parts: the log's files, in the order of their events.
    """
    folding, unread = Folding(), 0
    problems: list[str] = []
    for line in split_lines(_chunks(parts, problems)):
        try:
            event = read_event(line)
        except UnreadableLineError:
            unread += bool(line.strip())
            continue
        if event is not None:
            folding.add(event)
    return folding.profile(unread=unread, problems=tuple(problems))


def read_local_profile(place: Path) -> Profile:
    """Returns the profile of a log on this machine.

    Args:
        place: a file, or the folder of a rolled log.

    Raises:
        EventLogError: there is no log.
    """
    files = [place / name for name in ordered_parts(each.name for each in place.iterdir())] if place.is_dir() else []
    if place.is_file():
        files = [place]
    if not files:
        raise EventLogError(f"There is no event log at {str(place)!r}.")
    return read_profile((file.name, partial(_open, file)) for file in files)


def _open(file: Path) -> BinaryIO:
    return file.open("rb")


def _chunks(parts: Iterable[Part], problems: list[str]) -> Iterator[bytes]:
    for name, opened in parts:
        try:
            with closing(opened()) as file:
                yield from decompressed(file, codec_of(name))
        except (EventLogError, OSError) as error:
            problems.append(f"{name}: {error}")
        yield b"\n"  # a file that was cut off must not run into the next one
