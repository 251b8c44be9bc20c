"""The table of an environment's options follows from the description of its fields; `make options` writes it."""

import os
import re
from pathlib import Path
from typing import Any

from images.environments.resource.descriptions import DESCRIPTION, TIMEZONE

PAGE = Path(__file__).parents[2] / "docs" / "environments" / "using.md"
HEAD = "| option | field of `spec` | meaning |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(HEAD) + r"(\|.*\n)+")


def table(description: dict[str, Any]) -> str:
    """Returns the table, in the description's order."""
    return HEAD + "".join(_row(name, field) for name, field in description["fields"].items() if "option" in field)


def _row(name: str, field: dict[str, Any]) -> str:
    words = [f"--{field['option'].get('name', name)}", *([str(field["default"])] if "default" in field else [])]
    return f"| `{' '.join(words)}` | `{name}` | {field['option']['help']} |\n"


def test_the_table_of_options_is_what_the_description_says() -> None:
    text = PAGE.read_text()
    assert _TABLE.search(text), f"{PAGE.name} has no table of options that begins with {HEAD!r}"
    expected = _TABLE.sub(lambda _: table(DESCRIPTION), text)
    if os.environ.get("LONGSHORE_WRITE_OPTIONS") == "1":
        PAGE.write_text(expected)
    assert PAGE.read_text() == expected, "docs/environments/using.md is out of date: `make options` writes it again"


def test_a_new_field_is_a_row_by_its_description_alone() -> None:
    row = table({"fields": {"timezone": TIMEZONE}}).splitlines()[-1]
    assert row == "| `--timezone` | `timezone` | The time zone of its DAGs. |"
