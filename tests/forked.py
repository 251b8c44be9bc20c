"""Python programs forked from a warm process, so that not each of them imports everything anew.

`python forked.py MODULE:FUNCTION MODULE…` is the warm process: it imports the modules and does nothing else, so that
neither threads nor connections are there to be forked. For each order, a line of JSON, it forks a process that becomes
the program: with arguments, environment and output of its own, to be killed or to end as any other.
"""

import importlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


class Warm:
    """A warm process; programs end before it does.

    Args:
        program: the function that is run, as `module:function`.
        modules: what else is imported before.
        python: the interpreter; by default this one.
        environment: variables for the imports; programs have them, too.
    """

    def __init__(self, program: str, *modules: str, python: str | Path = sys.executable, **environment: str) -> None:
        self._environment = environment
        command = [python, __file__, program, *modules]
        self._process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._asking = threading.Lock()

    def start(self, *arguments: str, output: Path, errors: Path | None = None, **environment: str) -> "Forked":
        """Starts the program; what it writes is added to `output`.

        Args:
            output: for stdout and stderr.
            errors: for stderr, where that is another file.
        """
        order = {"arguments": arguments, "environment": dict(os.environ | self._environment | environment)}
        return Forked(self, self.ask(order | {"output": str(output), "errors": str(errors or output)}))

    def ask(self, order: Mapping[str, Any]) -> Any:
        """The warm process's answer to an order."""
        with self._asking:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        assert answer, f"The warm process has ended with status {self._process.wait()}."
        return json.loads(answer)

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()


class Forked:
    """A program that runs: as `subprocess.Popen`, whose names these are."""

    def __init__(self, warm: Warm, pid: int) -> None:
        self._warm, self.pid = warm, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, negative if a signal ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._warm.ask({"reap": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended."""
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.01)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _answer(order: dict[str, Any]) -> int | None:
    pid, status = os.waitpid(order["reap"], os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _become(order: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv[1:] = order["arguments"]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, path in ((1, order["output"]), (2, order["errors"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)


def _fork() -> bool:
    """True in each process that was forked; False in the warm one, when there are no more orders."""
    while line := sys.stdin.readline():
        order = json.loads(line)
        if "reap" in order:
            answer = _answer(order)
        elif not (answer := os.fork()):
            _become(order)
            return True
        print(json.dumps(answer), flush=True)  # noqa: T201
    return False


def _imported(program: str, *modules: str) -> Callable[[], Any]:
    for module in modules:
        importlib.import_module(module)
    module, _, function = program.partition(":")
    sys.argv[0] = module.partition(".")[0]
    run: Callable[[], Any] = getattr(importlib.import_module(module), function)
    return run


if __name__ == "__main__":
    program = _imported(*sys.argv[1:])
    if _fork():  # and ends as every program does, with its threads
        sys.exit(program())
