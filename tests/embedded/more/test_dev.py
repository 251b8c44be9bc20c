"""`longshore dev` as its user has it: the page answers, the printed command works, and nothing outlives it."""

import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from process_table import gone
from support.longshore_commands import printed_until, processes_of, settings_in, started_longshore
from support.waiting import until

pytestmark = pytest.mark.xdist_group("stopped")


@dataclass(frozen=True)
class Dev:
    """A running `longshore dev`."""

    process: "subprocess.Popen[str]"
    shown: dict[str, str]
    """The output until it was up: the text after each `name:`."""
    before: list[int]
    """The processes of the one before it, which was killed."""


@pytest.fixture(scope="module")
def dev(stopped_checkout: Path) -> Iterator[Dev]:
    """One that was started as soon as another one had been killed."""
    with started_longshore("dev", root=stopped_checkout) as killed:
        printed_until(killed, "Ctrl-C ends it")
        family = psutil.Process(killed.pid).children(recursive=True)
        killed.kill()
    with started_longshore("dev", root=stopped_checkout) as again:
        shown = settings_in(printed_until(again, "Ctrl-C ends it"))
        yield Dev(again, shown, [process.pid for process in family])
        if again.poll() is None:
            again.send_signal(signal.SIGINT)
            again.communicate(timeout=60)


def test_what_was_killed_leaves_nothing_for_long_and_starts_again(dev: Dev) -> None:
    assert dev.shown["Airflow's page"].startswith("http://127.0.0.1:")
    assert len(dev.before) > 4  # database, job server, and Airflow's components
    until("what was killed is gone", lambda: all(gone(pid) for pid in dev.before), seconds=30.0)


def test_the_page_and_the_job_server_answer_as_printed_and_ctrl_c_ends_them(dev: Dev, stopped_checkout: Path) -> None:
    with urllib.request.urlopen(dev.shown["Airflow's page"], timeout=30) as page:  # noqa: S310  http to 127.0.0.1
        assert "<title>" in page.read().decode()
    listed = subprocess.run(
        ["sh", "-c", f"{dev.shown['The job server']} --query 'templates[].name'"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "jdbc-to-spark" in listed.stdout, listed.stderr
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.stdout is not None
    assert "Stopped. Nothing was left running." in dev.process.stdout.read()
    assert dev.process.wait(timeout=60) == 0
    assert processes_of(stopped_checkout) == []
