"""Runs a program, and measures it with all processes that it starts."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from bench.transfer.figures import Run

_PAUSE_SECONDS = 0.1


def measured(command: Sequence[str | Path], *, variables: Mapping[str, str], log: Path) -> Run:
    """Runs the command to its end.

    Args:
        log: gets its output.

    Raises:
        RuntimeError: it has failed; with the end of its output.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], env=os.environ | variables, stdout=output, stderr=subprocess.STDOUT
        )
    over, peaks = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(_PAUSE_SECONDS):
            peaks.append(_memory(process.pid))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    status = process.wait()
    seconds = time.monotonic() - began
    over.set()
    thread.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status != 0:
        raise RuntimeError(f"{command[0]} has failed: {log.read_text(errors='replace')[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds=seconds, cpu_seconds=cpu, peak_mib=max(peaks) / 2**20)


def _memory(pid: int) -> int:
    """Returns the bytes of a process and its children; memory that they share counts once."""
    total = 0
    try:
        main = psutil.Process(pid)
        for one in [main, *main.children(recursive=True)]:
            total += one.memory_full_info().pss
    except psutil.Error:  # one of them has just ended
        return 0
    return total
