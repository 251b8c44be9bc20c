"""The job server, made to die by SIGKILL at a step of its work: `python dying.py POINT serve …`.

A point is named `before COMMIT of STATE`, `after COMMIT of STATE`, or `before CALL` and `after CALL` with a call of
`CALLS`; `#2` behind it means its second time. `never` dies nowhere. The server itself knows nothing of this.

The pauses between attempts are short here, and the clock can be set by the file that `CLOCK_OFFSET` names (seconds).
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from functools import wraps
from pathlib import Path
from typing import Any

_real_time = time.time


def _shifted_time() -> float:
    try:
        return _real_time() + float(Path(os.environ["CLOCK_OFFSET"]).read_text())
    except (KeyError, OSError, ValueError):
        return _real_time()


time.time = _shifted_time  # before the server's modules take hold of it

from emr_containers import cli, dispatcher  # noqa: E402
from emr_containers.database import JobRun  # noqa: E402
from emr_containers.runtimes.process import ProcessRuntime  # noqa: E402
from emr_containers.runtimes.process_attempt import ProcessAttempt  # noqa: E402
from sqlalchemy import event, inspect  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

CALLS: dict[str, tuple[type, str]] = {
    "launch": (ProcessRuntime, "_launch"),
    "find": (ProcessRuntime, "_find"),
    "signal": (ProcessAttempt, "_signal_group"),
    "reap": (ProcessAttempt, "_kill_strays"),
}
_reached: Counter[str] = Counter()


def reach(point: str, wanted: str) -> None:
    """Dies if `wanted` is this point."""
    _reached[point] += 1
    name, _, time_of_it = wanted.partition("#")
    if point == name and _reached[point] == int(time_of_it or 1):
        os.kill(os.getpid(), signal.SIGKILL)
        threading.Event().wait()  # the signal may take a moment


def watch_transactions(wanted: str) -> None:
    """Points around the commits that change a job run's state."""

    @event.listens_for(Session, "after_flush")
    def _flushed(session: Session, _context: Any) -> None:
        rows = [row for row in (*session.new, *session.dirty) if isinstance(row, JobRun)]
        changed = [row.state for row in rows if inspect(row).attrs.state.history.has_changes()]
        session.info.setdefault("states", []).extend(changed)
        for state in changed:
            reach(f"before COMMIT of {state}", wanted)

    @event.listens_for(Session, "after_commit")
    def _committed(session: Session) -> None:
        for state in session.info.pop("states", []):
            reach(f"after COMMIT of {state}", wanted)


def watch_calls(wanted: str) -> None:
    """Points around the calls of `CALLS`."""
    for name, (owner, attribute) in CALLS.items():
        setattr(owner, attribute, _watched(getattr(owner, attribute), name, wanted))


def _watched(call: Any, name: str, wanted: str) -> Any:
    @wraps(call)
    def watched(*arguments: Any, **keywords: Any) -> Any:
        reach(f"before {name}", wanted)
        result = call(*arguments, **keywords)
        reach(f"after {name}", wanted)
        return result

    return watched


def main() -> None:
    """See the module."""
    wanted = sys.argv.pop(1)
    if "HOLD" in os.environ:  # a call that takes for ever
        owner, attribute = CALLS[os.environ["HOLD"]]
        setattr(owner, attribute, lambda *_: threading.Event().wait())
    watch_transactions(wanted)
    watch_calls(wanted)
    dispatcher._BACKOFF_SECONDS = (0.2,)  # type: ignore[assignment]
    cli.app()


if __name__ == "__main__":
    main()
