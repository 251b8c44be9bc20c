"""The revisions of the database's schema, `<series>.<number>`: which one a server makes, and which ones it can use.

Within a series, a revision only adds: tables, indexes, columns that are empty in existing rows. A server that knows an
older revision goes on with a newer one of its series. A revision that takes something away begins a new series.
"""

import re
from typing import NamedTuple

_TEXT = re.compile(r"([1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")


class Revision(NamedTuple):
    """A revision of the schema."""

    series: int
    number: int

    def __str__(self) -> str:
        return f"{self.series}.{self.number}"


NEWEST = Revision(1, 2)
"""The revision that this server makes: that of the last file in `migrations/versions`."""


def parse_revision(text: str) -> Revision | None:
    """Returns the revision with that name; None if `text` names none."""
    found = _TEXT.fullmatch(text)
    return None if found is None else Revision(int(found[1]), int(found[2]))


def is_usable(revision: Revision, *, newest: Revision = NEWEST) -> bool:
    """Returns True if a server whose newest revision is `newest` can work with a database of `revision` as it is."""
    return revision.series == newest.series and revision.number >= newest.number
