"""A hung test's surroundings: the stacks of all threads, and the child processes with the end of their logs."""

import faulthandler
import tempfile
from pathlib import Path

import psutil

_LINES = 40


def report() -> str:
    """Returns the stacks of this process' threads, and its descendants with the ends of the files they write to."""
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        stacks = file.read()
    return f"{stacks}\n" + "\n".join(_described(child) for child in psutil.Process().children(recursive=True))


def _described(process: psutil.Process) -> str:
    try:
        head = f"--- child {process.pid} ({process.status()}): {' '.join(process.cmdline())[:300]}"
    except psutil.Error:
        return f"--- child {process.pid} has ended"
    return "\n".join([head, *(f"{path}:\n{_tail(path)}" for path in _outputs(process.pid))])


def _outputs(pid: int) -> list[Path]:
    """The regular files that are the process' standard output and error."""
    found: list[Path] = []
    for number in (1, 2):
        try:
            path = Path(f"/proc/{pid}/fd/{number}").readlink()
        except OSError:
            continue
        if path.is_file() and path not in found:
            found.append(path)
    return found


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-_LINES:])
