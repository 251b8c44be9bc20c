"""The threat model names a test for each of its claims, and each such test is there and attacks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| (?!claim|-)(.+?) \| `([^`]+)` \|$", PAGE, re.MULTILINE)
ATTACKS = re.compile(r"def (test_case_\d+_\w+)\(")


def file_of(path: str) -> Path:
    return ROOT / path if path.startswith("tests/") else ROOT / "tests" / "images" / "emr_containers" / path


@pytest.mark.parametrize(("claim", "test"), ROWS)
def test_the_test_of_each_claim_is_there(claim: str, test: str) -> None:
    path, _, name = test.partition("::")
    assert f"\ndef {name}(" in file_of(path).read_text(), claim


def test_every_line_of_its_tables_is_a_claim_with_a_test() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    heads = [line for line in lines if line in ("| claim | attacked by |", "|---|---|")]
    assert len(ROWS) == len(lines) - len(heads) > 10


def test_every_kind_of_attack_on_confinement_is_on_the_page() -> None:
    named = {test.partition("::")[0] for _, test in ROWS}
    tests = ROOT / "tests" / "images" / "emr_containers"
    attacking = {
        path.relative_to(tests).as_posix() for path in tests.rglob("test_*.py") if ATTACKS.search(path.read_text())
    }
    # The command line and the forms are parts of these.
    assert attacking - named <= {"test_cli.py"}
