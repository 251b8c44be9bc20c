"""The processes of an attempt, told from others that have their process IDs by now."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from emr_containers.runtimes.process.group import ProcessGroup

MARKER = "job-run-x-attempt-1"


@pytest.fixture
def group(tmp_path: Path) -> ProcessGroup:
    return ProcessGroup(folder=tmp_path, marker=MARKER)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts a process that leads a group and is written down as the launcher."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, **environment: str) -> "subprocess.Popen[bytes]":
        # The second command keeps the shell, and with it the name, where it is.
        command = ["/bin/sh", "-c", "echo begun; sleep 60; :", name]
        process = subprocess.Popen(
            command, env=os.environ | environment, start_new_session=True, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        (tmp_path / "pid").write_text(f"{process.pid}\n")
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("text", [None, "", "1x"])
def test_a_launcher_that_wrote_no_process_id_is_not_alive(
    group: ProcessGroup, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "pid").write_text(text)
    assert group.launcher() is None
    assert not group.alive()
    group.send_signal(signal.SIGKILL)


def test_a_signal_meets_the_launcher_and_its_group(
    group: ProcessGroup, begin: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    launcher = begin(MARKER)
    assert group.alive()
    group.send_signal(signal.SIGTERM)
    assert launcher.wait(10) == -signal.SIGTERM
    assert not group.alive()


def test_another_program_with_the_launchers_process_id_gets_no_signal(
    group: ProcessGroup, begin: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    another = begin("another")
    assert not group.alive()
    group.send_signal(signal.SIGKILL)
    group.kill_strays()
    assert another.poll() is None


def test_what_carries_the_jobs_name_is_a_stray_wherever_it_is(
    group: ProcessGroup, begin: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    stray = begin("another", LONGSHORE_TERMINATION_LOG=str(tmp_path / "termination-log"))
    (tmp_path / "pid").unlink()
    group.kill_strays()
    assert stray.wait(10) == -signal.SIGKILL


def test_a_stray_that_forks_while_it_is_looked_for_leaves_nothing(group: ProcessGroup, tmp_path: Path) -> None:
    environment = os.environ | {"LONGSHORE_TERMINATION_LOG": str(tmp_path / "termination-log")}
    # Each process makes the next one and ends, so that a look nearly always comes too early or too late.
    chain = 'n=$1; [ "$n" -gt 0 ] && { sh -c "$0" "$0" $((n - 1)) & }; sleep 0.02'
    with subprocess.Popen(["/bin/sh", "-c", chain, chain, "400"], env=environment, start_new_session=True):
        time.sleep(0.2)
        group.kill_strays()
    marker = os.fsencode(environment["LONGSHORE_TERMINATION_LOG"])
    left = [each for each in psutil.process_iter() if marker in environment_of(each)]
    assert left == []


def environment_of(process: psutil.Process) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process.pid}/environ").read_bytes()
    return b""
