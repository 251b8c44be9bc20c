"""Names of tables as users write them: `lake.raw.flights`, `lake.raw."my table"`, `serving."MixedCase"`. Pure.

A part of letters, digits, `_` and `$` needs no quotes, whatever it begins with and whether SQL reserves it or not. Any
other is in double quotes (a lake's also in backticks), where the quote itself is doubled.

The operators check names before a job starts, and the application checks what reaches it in other ways. Neither can
import the other, so both packages hold this file; a test keeps the copies equal.
"""

import re
import string
from dataclasses import dataclass
from typing import Literal

LONGEST_LAKE_NAME = 200
"""Bytes. A folder has this name; file systems allow 255."""

_PLAIN = r"[\w$]+"
_QUOTED = '"(?:[^"]|"")+"'
_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_HOW_TO_QUOTE = "a part with other characters than letters, digits, '_' and '$' must be in double quotes"


@dataclass(frozen=True, kw_only=True)
class DatabaseNames:
    """The rules by which one kind of database reads the names of its tables and columns."""

    folds: bool
    """True if A to Z are a to z in a part without quotes."""
    longest: int
    """Maximum length of a name, in `unit`."""
    unit: Literal["bytes", "characters"]
    too_long: str
    """The effect of a longer name, for messages: `which PostgreSQL would cut`."""

    def target(self, text: str) -> tuple[str, str]:
        """Returns schema and table of `<schema>.<table>`, as the database reads them.

        Raises:
            ValueError: it has not this form, or the database cannot have such a name; with the reason.
        """
        parts = self.parts(text)
        if len(parts) != 2:
            raise ValueError(_HOW_TO_QUOTE)
        return parts[0], parts[1]

    def parts(self, text: str) -> list[str]:
        """Returns the parts of a table's or schema's name, as the database reads them.

        Raises:
            ValueError: it has not the form of a name, or the database cannot have such a name; with the reason.
        """
        found = _parts(text, f"{_PLAIN}|{_QUOTED}")
        parts = [_unquoted(part) if part[0] == '"' else self.folded(part) for part in found]
        for part in parts:
            self.check(part)
        return parts

    def check(self, name: str) -> None:
        """Checks that the database can have a table or column of this name.

        Raises:
            ValueError: with the reason.
        """
        if "\0" in name:
            raise ValueError(f"{name!r} holds a character with the code 0")
        if len(name.encode() if self.unit == "bytes" else name) > self.longest:
            raise ValueError(f"{name!r} is longer than {self.longest} {self.unit}, {self.too_long}")

    def written(self, *parts: str) -> str:
        """Returns a name as users write it: in double quotes where the database would read it otherwise."""
        return ".".join(
            part if self.folded(part) == part and _needs_no_quotes(part) else _quoted(part) for part in parts
        )

    def folded(self, part: str) -> str:
        """Returns a part without quotes as the database reads it."""
        return part.translate(_FOLDED) if self.folds else part


def lake_target(text: str) -> tuple[str, str]:
    """Returns namespace and table of `lake.<namespace>.<table>`.

    Raises:
        ValueError: it has not this form, or the lake cannot have a folder of such a name; with the reason.
    """
    parts = lake_parts(text)
    if len(parts) != 3 or parts[0] != "lake":
        raise ValueError(_HOW_TO_QUOTE)
    for part in parts[1:]:
        _check_folder_name(part)
    if "." in parts[1]:
        raise ValueError(f"the namespace {parts[1]!r} holds a '.', by which the catalog splits namespaces")
    return parts[1], parts[2]


def lake_parts(text: str) -> list[str]:
    """Returns the parts of a lake table's name, without their quotes.

    Raises:
        ValueError: it has not the form of a name; with the reason.
    """
    return [_unquoted(part) for part in _parts(text, rf"{_PLAIN}|{_QUOTED}|`(?:[^`]|``)+`")]


def _check_folder_name(name: str) -> None:
    # A table's location is a URI with the names as they are: a reader ends the path at # and ?, and drops line ends.
    if found := re.search(r"[/#?\x00-\x1f\x7f-\x9f]", name):
        raise ValueError(f"{name[:40]!r} holds {found[0]!r}, which the name of a table's folder cannot have")
    if name in (".", ".."):
        raise ValueError(f"{name!r} means another folder than the table's own")
    if name != name.strip():
        raise ValueError(f"{name!r} begins or ends with a space, which other readers of the lake leave out")
    if len(name.encode()) > LONGEST_LAKE_NAME:
        raise ValueError(f"{name[:40]!r}… is longer than {LONGEST_LAKE_NAME} bytes")


def written(*parts: str) -> str:
    """Returns a table's name as users write it: in double quotes where it needs them."""
    return ".".join(part if _needs_no_quotes(part) else _quoted(part) for part in parts)


def _needs_no_quotes(part: str) -> bool:
    return re.fullmatch(_PLAIN, part) is not None


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def _parts(text: str, part: str) -> list[str]:
    if not re.fullmatch(rf"(?:{part})(?:\.(?:{part}))*", text):
        raise ValueError(_HOW_TO_QUOTE)
    return re.findall(part, text)


def _unquoted(part: str) -> str:
    quote = part[0]
    return part[1:-1].replace(quote * 2, quote) if quote in '"`' else part
