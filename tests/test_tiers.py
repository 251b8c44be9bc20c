"""No test is lost: each is collected, and runs in a tier that a make target names."""

import ast
import re
import subprocess
import sys

import pytest
from tier import ROOT, command, tiers

FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
MAKEFILE = (ROOT / "Makefile").read_text()


def collected(*arguments: str) -> set[str]:
    """The node ID of each test that pytest finds."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return set(re.findall(r"^tests/\S+\.py::.+$", done.stdout, re.MULTILINE))


def written(file: str) -> set[tuple[str, str]]:
    """The same by a plain search in the file's text."""
    tree = ast.parse((ROOT / file).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {(file, function.name) for function in functions if function.name.startswith("test")}


# Of `make test`, which is a part of `make test-all`, nothing else can be said.
@pytest.mark.parametrize("name", ["test-all", "test-cluster"])
def test_a_tier_collects_every_test_that_is_written_in_its_folders(name: str, request: pytest.FixtureRequest) -> None:
    tier = tiers()[name]
    expected = set().union(*(written(file) for file in FILES if tier.has(file)))
    found = collected(*command(tier), "--dist=no", "--numprocesses=0")
    assert {
        (file, re.split(r"\W", rest)[0]) for file, _, rest in (node_id.partition("::") for node_id in found)
    } == expected
    # Two workers that collect at different times must find the same: no time, address or order of a set is in a name.
    here = [(item.nodeid.partition("::")[0], item.name) for item in request.session.items]
    assert {f"{file}::{test}" for file, test in here if tier.has(file)} <= found


def test_every_file_is_in_a_tier() -> None:
    assert [file for file in FILES if not any(tier.has(file) for tier in tiers().values())] == []


def test_all_that_make_test_runs_runs_in_make_test_all() -> None:
    found = tiers()
    assert [file for file in FILES if found["test"].has(file) and not found["test-all"].has(file)] == []


@pytest.mark.parametrize("name", tiers())
def test_a_tier_has_its_make_target_and_the_readme_says_its_minutes(name: str) -> None:
    assert f"\n{name}: init ## " in MAKEFILE
    (row,) = re.findall(rf"^\| `make {name}` \|.*\|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert f"| {tiers()[name].minutes} |" in row


@pytest.mark.parametrize("name", tiers())
def test_every_folder_that_a_tier_names_is_there(name: str) -> None:
    tier = tiers()[name]
    assert [folder for folder in (*tier.folders, *tier.without) if not (ROOT / folder).exists()] == []


@pytest.mark.parametrize(
    ("file", "commands"),
    [
        (".ci/run", ["make lint", "make test-all", "make test-cluster"]),
        (".github/workflows/ci.yml", ["make lint", "make test-all", "make demo", "make test-cluster"]),
    ],
)
def test_continuous_integration_runs_the_tiers(file: str, commands: list[str]) -> None:
    text = (ROOT / file).read_text()
    assert [command for command in commands if command not in text] == []


def test_no_test_is_marked_to_be_left_out() -> None:
    assert [path for path in FILES if re.search(r"pytest\.mark\.(skip|long)\b", (ROOT / path).read_text())] == []
