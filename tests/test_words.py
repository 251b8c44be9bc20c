"""Docstrings begin with what they describe, not with a word such as "Of" or "Whether"."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("cli", "dags", "docs", "images", "operators", "tests")
WRONG_START = re.compile(r"\s*(Of|What|That|How|Whether|Where|Who|Beside)\b")


def python_files(folder: str) -> list[Path]:
    """Returns the project's own Python files below a folder, without those of hidden folders such as `.venv`."""
    found = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yields line and text of all docstrings: of modules, classes and functions, and those below a variable."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def wrong_starts(source: str) -> list[tuple[int, str]]:
    """Returns line and first line of text of each docstring that begins with a wrong word."""
    found = [(line, text) for line, text in docstrings(source) if WRONG_START.match(text)]
    return [(line, text.strip().splitlines()[0]) for line, text in sorted(found)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_docstring_says_what_the_thing_is_or_does(folder: str) -> None:
    files = python_files(folder)
    assert files
    assert [
        f"{path}:{line}: {text}" for path in files for line, text in wrong_starts((ROOT / path).read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""Of a module."""', [1]),
        ('"""A module."""\nLIMIT = 1\n"""\nHow many."""', [3]),
        ('class Job:\n    """Who runs it."""\n\n    def ended(self):\n        """Whether it has ended."""', [2, 5]),
        ('async def wait():\n    r"""What it waits for."""', [2]),
        ('"""Offers of a shop, whoever asks."""\nTEXT = "What a value says is free."', []),
    ],
    ids=["module", "variable", "class and method", "coroutine", "right"],
)
def test_a_wrong_start_is_found_with_its_line(source: str, lines: list[int]) -> None:
    assert [line for line, _ in wrong_starts(source)] == lines
