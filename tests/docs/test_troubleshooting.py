"""Every message that docs/troubleshooting.md quotes is one that the code can print."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
ENTRIES = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
HEADINGS = [entry.splitlines()[0] for entry in ENTRIES]
MESSAGES = [heading.strip("`") for heading in HEADINGS]
PYTHON = ("cli/src", "images/*/src", "images/*/app", "images/airflow/page/src", "libs/src", "operators/src")
OTHERS = ("Makefile", "helm/*/templates/**/*.tpl", "helm/*/templates/**/*.yaml", "images/*/*.conf", "images/**/*.java")
GAP = "…"


@cache
def texts() -> tuple[str, ...]:
    """Every text of the sources; what is filled in stands as `…`."""
    python = (path for place in PYTHON for folder in ROOT.glob(place) for path in sorted(folder.rglob("*.py")))
    others = (path for pattern in OTHERS for path in sorted(ROOT.glob(pattern)) if path.is_file())
    return (
        *(text for path in python for text in _texts(ast.parse(path.read_text()))),
        *(path.read_text() for path in others if ".venv" not in path.parts),
    )


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else GAP for part in node.values)
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("message", MESSAGES)
def test_a_quoted_message_occurs_in_the_source(message: str) -> None:
    fixed = [re.escape(part.strip()) for part in message.split(GAP) if part.strip(" .:;")]
    assert sum(map(len, fixed)) >= 12, "too little of it is fixed to be found"
    pattern = re.compile(".{0,300}?".join(fixed), re.DOTALL)
    assert any(pattern.search(text) for text in texts())


@pytest.mark.parametrize("entry", ENTRIES, ids=HEADINGS)
def test_a_message_has_a_cause_and_a_way_out(entry: str) -> None:
    body = entry.split("\n", 1)[1]
    assert "**Cause.** " in body
    assert "**Way out.** " in body


def test_no_message_is_quoted_twice() -> None:
    assert len(set(MESSAGES)) == len(MESSAGES)
