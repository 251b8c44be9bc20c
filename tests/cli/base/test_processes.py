"""Processes that end with us, tried with real ones."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from longshore_cli.base.processes import Processes, has_children, supervised
from longshore_cli.exceptions import EmbeddedError
from process_table import gone
from support.waiting import until


def wait_for(path: Path) -> str:
    return until(f"something is in {str(path)!r}", lambda: path.exists() and path.read_text().strip(), every=0.02)


def check_until(processes: Processes) -> None:
    """Checks until something has ended, at most 20 s."""
    for _ in range(400):
        processes.check()
        time.sleep(0.05)


def test_what_a_service_left_behind_ends_too(tmp_path: Path) -> None:
    # The service starts a process in a session of its own and ends: only we would look for that one.
    script = f"setsid sh -c 'echo $$ > {tmp_path}/pid; sleep 300' & sleep 0.5"
    with supervised(tmp_path) as processes:
        processes.start("service", ["sh", "-c", script])
        orphan = int(wait_for(tmp_path / "pid"))
        assert not gone(orphan)
    assert gone(orphan)


def test_an_ended_orphan_is_reaped_and_an_ended_service_is_still_reported(
    tmp_path: Path,
) -> None:
    script = f"sh -c 'echo $$ > {tmp_path}/pid; sleep 0.2' & sleep 0.1"
    with supervised(tmp_path) as processes:
        processes.start("service", ["sh", "-c", script])
        orphan = int(wait_for(tmp_path / "pid"))
        until("the orphan is off the table", lambda: processes.reap() or not psutil.pid_exists(orphan), every=0.02)
        with pytest.raises(EmbeddedError, match="service ended with status 0"):
            processes.check()


def test_a_service_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    script = f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.1; done"
    with supervised(tmp_path, grace=0.5) as processes:
        processes.start("stubborn", ["sh", "-c", script])
        pid = int(wait_for(tmp_path / "pid"))
    assert gone(pid)


def test_a_service_that_has_nothing_left_to_do_is_not_waited_for(tmp_path: Path) -> None:
    script = f"trap 'touch {tmp_path}/asked' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.1; done"
    with supervised(tmp_path, grace=600) as processes:
        processes.start("service", ["sh", "-c", script], is_over=lambda _: (tmp_path / "asked").exists())
        pid = int(wait_for(tmp_path / "pid"))
        assert has_children(psutil.Process(pid))
    assert (tmp_path / "asked").exists()
    assert gone(pid)


def test_everything_ends_with_a_signal(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from longshore_cli.base.processes import Processes, supervised\n"
        f"with supervised(Path({str(tmp_path)!r})) as processes:\n"
        f"    script = 'echo $$ > {tmp_path}/pid; sleep 300'\n"
        "    processes.start('service', ['sh', '-c', script])\n"
        "    time.sleep(300)\n"
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        (tmp_path / "pid").unlink(missing_ok=True)
        parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        service = int(wait_for(tmp_path / "pid"))
        parent.send_signal(number)
        parent.wait(timeout=30)
        assert gone(service)


def test_a_service_that_ended_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with supervised(tmp_path) as processes:
        processes.start("broken", ["sh", "-c", "echo no disk; exit 7"])
        with pytest.raises(EmbeddedError, match="broken ended with status 7") as error:
            check_until(processes)
    assert "no disk" in str(error.value)


def test_a_missing_program_is_reported(tmp_path: Path) -> None:
    with supervised(tmp_path) as processes, pytest.raises(EmbeddedError, match="run `make init`"):
        processes.start("missing", [str(tmp_path / "nothing")])
