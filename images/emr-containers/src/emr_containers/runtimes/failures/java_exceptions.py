"""The exceptions in the output of a Java program, as `Throwable.printStackTrace` writes them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NAME = r"(?:[^\W\d][\w$]*\.)+[^\W\d][\w$]*"
THROWN = re.compile(rf"(?:Exception in thread \"([^\"]*)\" |: )?({_NAME})(?:: ?(.*))?$")
"""The first line of an exception: the thread that it ended, the class and the message."""
_CAUSED = re.compile(rf"Caused by: ({_NAME})(?:: ?(.*))?$")
_FRAME = re.compile(r"\s+(?:at |\.\.\. \d+ more|Suppressed: )")
_ABORTED = re.compile(
    r"Job aborted due to stage failure: .*?most recent failure: "
    r"(?:Lost task [\d.]+ in stage [\d.]+ \(TID \d+\) \([^)]*\): )?",
    re.DOTALL,
)
"""Spark's words before the reason of a failed task, about 200 characters."""
_WRAPPERS = re.compile(
    r"java\.lang\.reflect\.|java\.util\.concurrent\.ExecutionException|org\.apache\.spark\.SparkException: Job aborted"
)
_MEMORY = re.compile(r"Terminating due to (java\.lang\.OutOfMemoryError: .*)$")
"""HotSpot's last words with -XX:+ExitOnOutOfMemoryError."""
_TRACEBACK = "Traceback (most recent call last):"
"""The beginning of a Python worker's traceback in the message of an exception."""
_EXIT = "org.apache.spark.SparkUserAppException"
"""Spark's exception for a Python program that has failed: the program itself says why."""


@dataclass(frozen=True, kw_only=True)
class Thrown:
    """An exception in the output of a program."""

    text: str
    """Its type and message on one line, with its cause where that says more."""
    uncaught: bool
    """True if it ended a program; False if it was only written, and the program perhaps went on."""
    first: int
    """The index of its first line."""
    end: int
    """The index of the line after its last one."""


def java_exceptions(lines: Sequence[str]) -> list[Thrown]:
    """Returns the exceptions in a program's output, in their order."""
    found: list[Thrown] = []
    index = 0
    while index < len(lines):
        thrown = _exception(lines, index)
        if thrown is not None:
            found.append(thrown)
        index = index + 1 if thrown is None else thrown.end
    return [thrown for thrown in found if not thrown.text.startswith(_EXIT)]


def described(lines: Sequence[str], first: int) -> tuple[str, int]:
    """Returns the exception whose stack trace begins at `first`, and the index of the line after the trace.

    The cause comes first, since it is the reason.
    """
    match = THROWN.match(lines[first])
    name, message = (match[2], match[3] or "") if match else ("", lines[first])
    texts = [f"{name}: {message}" if message else name]
    index, traced = first + 1, False
    while index < len(lines):
        line = lines[index]
        if (caused := _CAUSED.match(line)) is not None:
            texts.append(f"{caused[1]}: {caused[2]}" if caused[2] else caused[1])
            traced = False
        elif _FRAME.match(line):
            traced = True
        elif line == "Driver stacktrace:" or (not line and _leads_on(lines, index + 1)):
            pass
        elif traced or not _goes_on(lines, index):
            break
        else:
            texts[-1] += f"\n{line}"
        index += 1
    outer, root = (reason(text) for text in (texts[0], texts[-1]))
    if len(texts) == 1 or root in outer or _WRAPPERS.match(texts[0]):
        return root, index
    return f"{root} (cause of {outer})", index


def reason(text: str) -> str:
    """Returns the text without Spark's words before the reason of a failed task, or of a Python worker."""
    text = _ABORTED.sub("", text)
    if _TRACEBACK in text:
        lines = text.rpartition(_TRACEBACK)[2].strip("\n").split("\n")
        text = "\n".join(line for line in lines if not line.startswith(" "))
    return " ".join(text.split())


def _exception(lines: Sequence[str], index: int) -> Thrown | None:
    if (memory := _MEMORY.match(lines[index])) is not None:
        return Thrown(text=memory[1], uncaught=True, first=index, end=index + 1)
    match = THROWN.match(lines[index])
    if match is None or lines[index].startswith(": "):
        return None
    if match[1] is None and not _goes_on(lines, index + 1):
        return None  # a line that only looks like one: no stack trace follows
    text, end = described(lines, index)
    return Thrown(text=text, uncaught=match[1] == "main", first=index, end=end)


def _leads_on(lines: Sequence[str], index: int) -> bool:
    return index < len(lines) and (lines[index] == "Driver stacktrace:" or _FRAME.match(lines[index]) is not None)


def _goes_on(lines: Sequence[str], index: int) -> bool:
    """Returns True if a stack trace follows a message that may have several lines."""
    for line in lines[index : index + 40]:
        if _FRAME.match(line):
            return True
        if _CAUSED.match(line):
            return True
        if re.match(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d |Exception in thread |Traceback ", line):
            return False
    return False
