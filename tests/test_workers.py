"""Tests that share an expensive fixture run in one worker: the fixture is made once."""

import re
import subprocess
import sys
from pathlib import Path

from support.workers import WORLDS

CONFTEST = """
import os
import pytest
from support.workers import ByFile, worlds_first

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    items.sort(key=worlds_first)

def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)

def pytest_runtest_logreport(report):
    if report.when == "call" and hasattr(report, "node"):
        print("RAN", report.node.gateway.id, report.nodeid.split("@")[0])
"""
TEST = """
import pytest
{mark}
@pytest.mark.parametrize("number", range(3))
def test_it(number):
    pass
"""


def run(folder: Path, files: dict[str, str], *, workers: int) -> list[tuple[str, str]]:
    """Worker and file of each test, in the order in which they ended."""
    (folder / "conftest.py").write_text(CONFTEST)
    for name, group in files.items():
        mark = f'pytestmark = pytest.mark.xdist_group("{group}")' if group else ""
        (folder / f"test_{name}.py").write_text(TEST.format(mark=mark))
    options = ["-q", "-s", "-n", str(workers), "--dist=loadgroup", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", "-c", "/dev/null", folder],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"RAN (\S+) test_(\w+)\.py::", done.stdout)


def test_files_of_one_group_run_in_one_worker_and_any_other_file_in_one(tmp_path: Path) -> None:
    ran: dict[str, set[str]] = {}
    for worker, file in run(tmp_path, {"a": "world", "b": "", "c": "world", "d": "world", "e": ""}, workers=2):
        ran.setdefault(file, set()).add(worker)
    assert set(ran) == {"a", "b", "c", "d", "e"}
    assert len(ran["a"] | ran["c"] | ran["d"]) == 1
    assert len(ran["b"]) == len(ran["e"]) == 1
    assert len(set().union(*ran.values())) == 2


def test_what_takes_longest_begins_first(tmp_path: Path) -> None:
    ran = run(tmp_path, {"a": "", "b": "", "c": WORLDS[1], "d": WORLDS[0]}, workers=1)
    assert list(dict.fromkeys(file for _, file in ran)) == ["d", "c", "a", "b"]
