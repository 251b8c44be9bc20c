"""The exceptions in the output of a Python program, as the interpreter writes them. Pure.

Source: the modules `traceback` and `threading` of CPython 3.11 to 3.14.
"""

import re
from collections.abc import Sequence

from emr_containers.runtimes.failures.java_exceptions import Thrown, described, reason

_HEADER = re.compile(r"(?:.*: )?Traceback \(most recent call last\):\s*$")
_GROUP = re.compile(r"\s*\+ Exception Group Traceback \(most recent call last\):\s*$")
_IN_GROUP = re.compile(r"\s*[|+]")
_PART = re.compile(r"\s*\+(?:-\+)?-{4,}(?: (?:\d+|\.\.\.) -{4,})?\s*$")
_SYNTAX = re.compile(r"\s+File \"[^\"]*\", line \d+$")
_TYPE = re.compile(r"([^\W\d][\w.<>]*)(?::(?: (.*))?)?$")
_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"
_IGNORED = re.compile(r"Exception ignored (?:in|on|while)\b")
"""The line before a traceback that ended nothing, such as one of a destructor."""
_WRITTEN = re.compile(
    r"Exception in (?:thread|callback)|Task exception was|future:|--- Logging"
    r"|(?!\d\d/\d\d/\d\d |\{\"ts\":).*\b(?:ERROR|CRITICAL|WARNING)\b"
)
"""The line before a traceback that a thread, an event loop or a logger wrote: the program went on.

Spark's own lines do not belong to a traceback of Python after them.
"""
_MODULES = re.compile(r"(?:pyspark\.errors\.exceptions\.\w+|py4j\.protocol)\.(?=\w+(?:: |$))")
_PLAN = re.compile(r"'|[\s:]*[+:]-|\s+'|== SQL|JVM stacktrace:")
"""A line of the plan or the query that Spark adds to its message."""
_LONGEST = 20
"""The number of lines of a message that are looked at."""


def python_exceptions(lines: Sequence[str]) -> list[Thrown]:
    """Returns the exceptions in a program's output, in their order.

    An exception with a cause is one exception: the cause is in its text.
    """
    found: list[Thrown] = []
    index = 0
    while index < len(lines):
        thrown = _exception(lines, index)
        if thrown is None:
            index += 1
            continue
        index = thrown.end
        if _IGNORED.match(_before(lines, thrown.first)):
            continue
        link, cause = _before(lines, thrown.first), found[-1] if found else None
        if cause is not None and link == _CAUSE and cause.text not in thrown.text:
            thrown = Thrown(
                text=f"{thrown.text} (cause: {cause.text})",
                uncaught=cause.uncaught,
                first=cause.first,
                end=thrown.end,
            )
        elif cause is not None and link in (_CAUSE, _CONTEXT):
            thrown = Thrown(text=thrown.text, uncaught=cause.uncaught, first=cause.first, end=thrown.end)
        found.append(thrown)
    return found


def _exception(lines: Sequence[str], index: int) -> Thrown | None:
    line = lines[index]
    if _GROUP.match(line):
        return _group(lines, index)
    if not _HEADER.match(line) and not (_SYNTAX.match(line) and _is_syntax_error(lines, index)):
        return None
    place = index + 1
    while place < len(lines) and (lines[place][:1].isspace() or not lines[place]):
        place += 1
    if place == len(lines) or _TYPE.match(lines[place]) is None:
        return None
    # A traceback within a Java exception's message was written by an executor or by Spark's log.
    uncaught = not line.partition("Traceback")[0] and not _WRITTEN.match(_before(lines, index))
    text, end = _message(lines, place)
    return Thrown(text=text, uncaught=uncaught, first=index, end=end)


def _message(lines: Sequence[str], place: int) -> tuple[str, int]:
    """Returns the type and message that begin at `place`, and the index of the line after them."""
    end = place + 1
    if end < len(lines) and lines[end].startswith(": ") and "Py4JJavaError" in lines[place]:
        return described(lines, end)
    while end < min(len(lines), place + _LONGEST) and _belongs(lines, end):
        end += 1
    text = reason("\n".join(lines[place:end]))
    if end < len(lines) and _PLAN.match(lines[end]):
        text = text.rstrip(";")
    while end < len(lines) and _PLAN.match(lines[end]):
        end += 1
    return _MODULES.sub("", text), end


def _belongs(lines: Sequence[str], index: int) -> bool:
    line = lines[index]
    if not line.strip() or _PLAN.match(line) or _HEADER.match(line) or _GROUP.match(line):
        return False
    return not re.match(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d |\{\"ts\":|\s+at |Caused by: |Exception (?:in|ignored) ", line)


def _group(lines: Sequence[str], index: int) -> Thrown | None:
    end = index + 1
    while end < len(lines) and _IN_GROUP.match(lines[end]):
        end += 1
    inner = [
        re.sub(r"\s*[|+] ?", "", line, count=1) if not _PART.match(line) else None for line in lines[index + 1 : end]
    ]
    own, parts = _split(inner)
    text = next((line for line in own if line and not line[0].isspace()), "")
    if not text:
        return None
    reasons = [said for part in parts if (said := _part(part))]
    uncaught = not _WRITTEN.match(_before(lines, index))
    whole = f"{text}: {'; '.join(reasons)}" if reasons else text
    return Thrown(text=" ".join(whole.split()), uncaught=uncaught, first=index, end=end)


def _split(lines: Sequence[str | None]) -> tuple[list[str], list[list[str]]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line is None:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts[0], parts[1:]


def _part(lines: Sequence[str]) -> str:
    """Returns the exception of one part of a group, which has a traceback only if it was raised."""
    plain = [re.sub(r"^\s*\|(?: |$)", "", line) for line in lines]
    if thrown := python_exceptions(plain):
        return thrown[-1].text
    return next((line for line in plain if _TYPE.match(line)), "")


def _is_syntax_error(lines: Sequence[str], index: int) -> bool:
    rest = next((line for line in lines[index + 1 : index + 5] if line and not line[0].isspace()), "")
    return re.match(r"(?:Syntax|Indentation|Tab)Error: ", rest) is not None


def _before(lines: Sequence[str], index: int) -> str:
    """Returns the last line with text before `index`."""
    return next((line for line in reversed(lines[max(index - 3, 0) : index]) if line.strip()), "")
