"""The processes of a platform, and who holds its lock and its port."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from longshore_cli.doctor.embedded import running
from longshore_cli.embedded.layout import Layout
from support.waiting import until


def test_the_holder_of_a_lock_is_found_and_the_lock_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a+") as lock:
        assert running.lock_holder(path) is None
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = running.lock_holder(path)
        assert found is not None
        assert found.pid == os.getpid()
    assert running.lock_holder(path) is None
    assert running.lock_holder(tmp_path / "missing") is None


def test_one_that_waits_for_the_lock_does_not_hold_it(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    inode = (tmp_path / "lock").stat().st_ino
    (tmp_path / "locks").write_text(f"1: -> FLOCK  ADVISORY  WRITE 4711 fd:00:{inode} 0 EOF\n")
    assert running.lock_holder(tmp_path / "lock", locks=tmp_path / "locks") is None


def test_a_process_that_works_in_the_platforms_state_is_the_platforms(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (layout.state / "emr-containers").mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=layout.server) as process:
        try:
            found = until(
                "the process is found", lambda: running.platform_processes(layout, layout.state / "postgres/data")
            )
            assert [each.pid for each in found] == [process.pid]
        finally:
            process.kill()
    assert running.platform_processes(layout, layout.state / "postgres/data") == ()


def test_we_and_what_called_us_are_not_the_platforms(tmp_path: Path) -> None:
    # Other tests of this checkout may run a platform at the same time.
    found = {each.pid for each in running.platform_processes(Layout(Path.cwd()), tmp_path)}
    family = {os.getpid(), *(each.pid for each in psutil.Process().parents())}
    assert not found & family


def test_who_listens_on_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        holder = running.port_holder(listener.getsockname()[1])
    assert holder is not None
    assert f"the process {os.getpid()} " in holder or holder == "another program"


def test_a_command_of_a_process_that_does_not_exist_is_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert running.command_of(process.pid) is None
    assert running.command_of(os.getpid())
