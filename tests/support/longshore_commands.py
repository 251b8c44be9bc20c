"""`longshore` as a terminal starts it, in a folder that stands for a checkout; and the processes that it leaves."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres_programs import shared_folder

ROOT = Path(__file__).parents[2]
LONGSHORE = str(Path(sys.executable).parent / "longshore")


def checkout(folder: Path) -> Path:
    """Makes the folder stand for a checkout: the project's files, and state of its own."""
    for name in ("dags", "images", "job-templates"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@contextmanager
def started_longshore(*command: str, root: Path, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """Starts `longshore <command>` in the checkout `root`, and waits for its end; kills it where the block fails.

    Args:
        variables: more of its environment.
    """
    with subprocess.Popen(
        [LONGSHORE, *command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"} | variables,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def printed_until(process: "subprocess.Popen[str]", mark: str) -> list[str]:
    """Returns the lines that the process prints, up to the first one that contains this mark."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if mark in line:
            return lines
    raise AssertionError("".join(lines))


def settings_in(lines: list[str]) -> dict[str, str]:
    """The text after each `name:`."""
    return dict((part.strip() for part in line.split(":", 1)) for line in lines if ": " in line)


def processes_of(root: Path) -> list[str]:
    """The command lines of all processes that work in `root`, or name it in their command line or environment.

    (Airflow's servers give themselves a title, which takes the place of both. PostgreSQL, where we are root, works in a
    folder elsewhere.)
    """
    places = [str(root), str(shared_folder(Layout(root).state / "postgres"))]
    found = []
    for process in psutil.process_iter():
        try:
            text = "\0".join([*process.cmdline(), *process.environ().values(), process.cwd()])
        except psutil.Error:
            continue
        if any(place in text for place in places) and process.pid != os.getpid():
            found.append(" ".join(process.cmdline()))
    return found


@contextmanager
def watched_command_lines() -> Iterator[set[str]]:
    """Collects the command line of every process of this machine that it sees, while the block runs."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            for process in psutil.process_iter():
                try:
                    seen.add(" ".join(process.cmdline()))
                except psutil.Error:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
