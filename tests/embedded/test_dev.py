"""`longshore dev` as its user has it: the page answers, the printed command works, and nothing outlives it."""

import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from .conftest import checkout, processes_of, start_longshore


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("dev with a space"))


def printed(dev: "subprocess.Popen[str]") -> dict[str, str]:
    """What it prints until it is up: the text after each `name:`."""
    assert dev.stdout is not None
    lines = []
    for line in dev.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C ends it"):
            return dict((part.strip() for part in each.split(":", 1)) for each in lines if ": " in each)
    raise AssertionError("".join(lines))


def test_the_page_and_the_job_server_answer_as_printed_and_ctrl_c_ends_them(root: Path) -> None:
    with start_longshore("dev", root) as dev:
        shown = printed(dev)
        with urllib.request.urlopen(shown["Airflow's page"], timeout=30) as page:  # noqa: S310  http to 127.0.0.1
            assert "<title>" in page.read().decode()
        listed = subprocess.run(
            ["sh", "-c", f"{shown['The job server']} --query 'templates[].name'"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "jdbc-to-spark" in listed.stdout, listed.stderr
        dev.send_signal(signal.SIGINT)
        assert dev.stdout is not None
        assert "Stopped; nothing was left running." in dev.stdout.read()
    assert dev.returncode == 0
    assert processes_of(root) == []


def test_what_was_killed_leaves_nothing_for_long_and_starts_again(root: Path) -> None:
    with start_longshore("dev", root) as dev:
        printed(dev)
        dev.kill()
    with start_longshore("dev", root) as again:
        shown = printed(again)
        assert shown["Airflow's page"].startswith("http://127.0.0.1:")
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=60)
    assert again.returncode == 0
    deadline = time.monotonic() + 30
    while left := processes_of(root):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
