"""The tables of docs/transfers.md, which the tests execute."""

import re

from support.longshore_commands import ROOT

PAGE = (ROOT / "docs" / "transfers.md").read_text()


def table(heading: str, *, number: int = 0) -> list[tuple[str, ...]]:
    """The rows of a table below a heading, without its head; code is shown without its backticks.

    Args:
        heading: the heading's text.
        number: which table of the section, from 0.
    """
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    found = [block for block in section.strip("\n").split("\n\n") if block.startswith("|")][number]
    rows = [line.strip("|").split(" | ") for line in found.splitlines()[2:]]
    return [tuple(cell.strip(" ").strip("`") for cell in row) for row in rows]
