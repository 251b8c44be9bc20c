"""A job run's `stateDetails`, within the API's limit. Pure.

A job's own message, such as whether its commit had happened, counts more than the server's words before it. Where both
do not fit, the server's words are shortened first.

Texts begin with the reason. Long names in them give way first, since a reason may follow. Nothing is cut within a word,
and a text that was cut says where the whole is.
"""

import re
from collections.abc import Mapping, Sequence

LIMIT = 256
"""The longest text, in characters. Source: the API's model, String256."""
_FIRST = 60
"""The number of characters that the text before the messages always keeps: enough to tell who cancelled the run."""
_FEW = 30
"""The number of characters that are given up for the sake of a whole word; less room than that is left empty."""
_LONG_WORD = re.compile(r"(?<![\w'])'[^'\n]{73,}'(?!\w)|\S{73,}")
"""A long name in quotes, perhaps with spaces, or a long word."""
_IN_ITS_LOG, _IN_SERVERS_LOG = " (whole: its log)", " (whole: the server's log)"
"""The places of the whole text: a driver writes its message to its log, too, and the server logs each end of a run."""


def shortened(text: str, *, keep: str = "") -> str:
    """Returns the text within the limit.

    Args:
        keep: the job's own message. Where the text contains it, the words around it are shortened first.
    """
    if len(text) <= LIMIT:
        return text
    before, message, after = text.partition(keep) if keep else (text, "", "")
    if not message or len(message) > LIMIT - _FIRST - 1:
        place = _IN_ITS_LOG if message else _IN_SERVERS_LOG
        return cut(_with_short_words(text), LIMIT - len(place)) + place
    first = _joined(_with_short_words(before).strip(), [message]) if before else message
    room = LIMIT - len(first)
    return f"{first}{cut(_with_short_words(after), room)}" if room > _FEW else first


def cut(text: str, most: int) -> str:
    """Returns the text, or as many whole words of it as fit, and "…". Only a long word is cut itself."""
    if len(text) <= most:
        return text
    kept = text[: max(most - 1, 0)]
    if not text[len(kept)].isspace() and (words := kept.rsplit(maxsplit=1)) and len(kept) - len(words[0]) <= _FEW + 1:
        kept = words[0] if len(words) > 1 else kept
    return f"{kept.rstrip()}…"


def cancellation_details(first: str, messages: Mapping[str, str], *, attempt: int) -> str:
    """Returns the details of a cancelled run: who cancelled it, then what its drivers left.

    A second attempt that wrote nothing does not undo what the first has written, so each attempt's message is given.

    Args:
        first: who cancelled the run, as a sentence.
        messages: what each driver left, in the order of their attempts; see `Outcome.messages`.
        attempt: the number of the last attempt, from 1.
    """
    attempts: dict[str, list[str]] = {}
    for number, message in enumerate(messages.values(), start=1):
        if message:
            attempts.setdefault(message, []).append(str(number))
    if attempt == 1 and len(messages) <= 1:
        return _joined(first, [*attempts])
    return _joined(first, [_numbered(message, numbers) for message, numbers in attempts.items()])


def _numbered(message: str, numbers: Sequence[str]) -> str:
    return f"Attempt{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}: {message.rstrip('.')}."


def _joined(first: str, messages: Sequence[str]) -> str:
    room = LIMIT - min(len(first), _FIRST) - len(messages)
    rest = " ".join(_shares(messages, room))
    return f"{cut(first, LIMIT - len(rest) - 1)} {rest}".strip()[:LIMIT]


def _shares(texts: Sequence[str], room: int) -> list[str]:
    """Returns the texts, the longest of them shortened until all fit into `room` characters."""
    shares = [0] * len(texts)
    shortest_first = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for done, index in enumerate(shortest_first):
        shares[index] = min(len(texts[index]), room // (len(texts) - done))
        room -= shares[index]
    return [cut(text, share) for text, share in zip(texts, shares, strict=True)]


def _with_short_words(text: str) -> str:
    """Returns the text with the middle of long words, such as an image's name or a URI, left out."""
    return _LONG_WORD.sub(lambda match: f"{match[0][:24]}…{match[0][-40:]}", text)
