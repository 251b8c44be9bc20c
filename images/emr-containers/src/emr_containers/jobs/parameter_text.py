"""A text of a job template as pieces: what the template itself says, and the values of its parameters. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emr_containers.exceptions import ValidationException

REFERENCE = re.compile(r"\$\{([.\-_#A-Za-z0-9]+)\}")
"""A parameter in a text. A name in braces that is no parameter name (`${env:HOME}`) is left as it is."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a filled text."""

    text: str
    parameter: str | None = None
    """The parameter whose value the text is; None for the template's own text."""


Pieces = Sequence[Piece]


def split_text(text: str, values: Mapping[str, str | None]) -> list[Piece]:
    """Returns the pieces of `text`, which are never empty where they are the template's own.

    One pass: a value that itself holds `${…}` (SQL, say) is not looked at again.
    """
    pieces: list[Piece] = []
    end = 0
    for match in REFERENCE.finditer(text):
        if match[1] not in values:
            continue
        if match.start() > end:
            pieces.append(Piece(text=text[end : match.start()]))
        pieces.append(Piece(text=str(values[match[1]]), parameter=match[1]))
        end = match.end()
    if end < len(text):
        pieces.append(Piece(text=text[end:]))
    return pieces


def joined(pieces: Pieces) -> str:
    """Returns the filled text."""
    return "".join(piece.text for piece in pieces)


def given(pieces: Pieces) -> list[Piece]:
    """Returns the pieces that are values of parameters."""
    return [piece for piece in pieces if piece.parameter is not None]


def partition(pieces: Pieces, separator: str) -> tuple[list[Piece], list[Piece]] | None:
    """Returns the pieces before and after the first `separator` of the template's own; None where it has none."""
    for index, piece in enumerate(pieces):
        if piece.parameter is None and separator in piece.text:
            before, _, after = piece.text.partition(separator)
            return [*pieces[:index], *_own(before)], [*_own(after), *pieces[index + 1 :]]
    return None


def words(pieces: Pieces) -> list[list[Piece]]:
    """Returns the pieces of each word, where the template's own text separates them by white space."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.parameter is not None:
            found[-1].append(piece)
            continue
        for index, part in enumerate(re.split(r"\s+", piece.text)):
            if index:
                found.append([])
            found[-1] += _own(part)
    return [word for word in found if word]


def refusal(piece: Piece, place: str, why: str) -> ValidationException:
    """Returns the error for a value that does not fit a place; the value is not repeated, since it may be a secret."""
    return ValidationException(
        f"The value of the job template parameter {piece.parameter!r} {why} in {place}. Choose another value, or have "
        "the template give it to the application as an argument."
    )


def _own(text: str) -> list[Piece]:
    return [Piece(text=text)] if text else []
