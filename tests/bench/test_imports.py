"""The benchmarks, which run seldom: every module that they import exists."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCH = Path(__file__).parent
SPARK_IMAGE = BENCH.parents[1] / "images" / "spark" / ".venv" / "lib"
FETCHED = {"connectorx", "dlt"}
"""Packages of programs that we compare ourselves with: the benchmark fetches them by `uv run`."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def exists(module: str) -> bool:
    package = module.partition(".")[0]
    if package in FETCHED:
        return True
    if package == "pyspark":  # jobs run in the image's environment
        return any(SPARK_IMAGE.glob("python3.*/site-packages/pyspark/__init__.py"))
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor does its package
        return False


@pytest.mark.parametrize("path", sorted(BENCH.rglob("*.py")), ids=lambda path: path.relative_to(BENCH).as_posix())
def test_the_modules_that_a_benchmark_imports_exist(path: Path) -> None:
    assert [module for module in imported(path) if not exists(module)] == []
