"""The page for people who want only the job server: its session is run as it stands there."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.console import run, steps
from support.longshore_commands import LONGSHORE, ROOT

pytestmark = pytest.mark.xdist_group("job-server-page")
PAGE = (ROOT / "docs" / "job-server.md").read_text()


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A checkout with the server of `longshore server` in it, and the variables that it says to export."""
    for name in ("job-templates", "images", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    server = subprocess.Popen(
        [LONGSHORE, "server", "--port=0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "300"},
    )
    assert server.stdout is not None
    printed = [server.stdout.readline() for _ in range(3)]
    assert printed[2] == "Ctrl-C ends it.\n", printed
    yield tmp_path, dict(word.split("=", 1) for word in printed[1].removeprefix("  export ").split())
    server.send_signal(signal.SIGINT)
    rest = server.stdout.read()
    server.stdout.close()
    assert server.wait() == 0
    assert rest == "Stopped. Nothing was left running.\n"


def test_the_session_is_what_happens(exports: tuple[Path, dict[str, str]]) -> None:
    folder, variables = exports
    session = steps(PAGE)
    # The page's file, somewhere that is ours.
    session = [type(step)(step.command.replace("/tmp/", f"{folder}/"), step.output) for step in session]  # noqa: S108
    printed = run(session, folder=folder, environment=os.environ | variables)
    said = [_without_ids(text.replace(f"{folder}/", "/tmp/")) for text in printed]  # noqa: S108
    assert said == [_without_ids(step.output) for step in session]


def _without_ids(text: str) -> str:
    return re.sub(r"\b0[0-9a-z]{24}\b", "ID", text)
