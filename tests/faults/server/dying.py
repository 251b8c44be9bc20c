"""The job server, made to die by SIGKILL at a step of its work.

A point is named `before COMMIT of STATE`, `after COMMIT of STATE`, or `before CALL` and `after CALL` with one of
`launch`, `find`, `signal` and `reap`; `#2` behind it means its second time. `never` dies nowhere. The server itself
knows nothing of this: what is called here is given to it.

The pauses between attempts are short here, or of `RETRY_SECONDS`, and the clock can be set by the file that
`CLOCK_OFFSET` names (seconds). The state directory has the name `STATE`; with `STANDBY` it may be a standby.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

_real_time = time.time


def _shifted_time() -> float:
    try:
        return _real_time() + float(Path(os.environ["CLOCK_OFFSET"]).read_text())
    except (KeyError, OSError, ValueError):
        return _real_time()


time.time = _shifted_time  # before the server's modules take hold of it

from emr_containers import server  # noqa: E402
from emr_containers.access.credentials import load_keys  # noqa: E402
from emr_containers.api.model import operations  # noqa: E402
from emr_containers.dispatch.dispatcher import DispatchTiming  # noqa: E402
from emr_containers.runtimes.process.group import ProcessGroup  # noqa: E402
from emr_containers.runtimes.process.runtime import ProcessRuntime  # noqa: E402
from emr_containers.runtimes.runtime import JobAttempt, StartedAttempt  # noqa: E402
from emr_containers.settings import KubernetesSettings, Settings, load_releases  # noqa: E402
from emr_containers.store.tables import JobRun  # noqa: E402
from sqlalchemy import event, inspect  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

operations()  # read once, before there are servers


class Steps:
    """The steps that the server takes, at one of which it dies."""

    def __init__(self, wanted: str) -> None:
        self._name, _, time_of_it = wanted.partition("#")
        self._time_of_it = int(time_of_it or 1)
        self._reached: Counter[str] = Counter()

    def reach(self, point: str) -> None:
        """Dies if this is the point."""
        self._reached[point] += 1
        if point == self._name and self._reached[point] == self._time_of_it:
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()  # the signal may take a moment

    @contextmanager
    def around(self, call: str) -> Iterator[None]:
        """The points before and after a call."""
        self.reach(f"before {call}")
        yield
        self.reach(f"after {call}")

    def watch_transactions(self) -> None:
        """Points around the commits that change a job run's state."""

        @event.listens_for(Session, "after_flush")
        def _flushed(session: Session, _context: Any) -> None:
            rows = [row for row in (*session.new, *session.dirty) if isinstance(row, JobRun)]
            changed = [row.state for row in rows if inspect(row).attrs.state.history.has_changes()]
            session.info.setdefault("states", []).extend(changed)
            for state in changed:
                self.reach(f"before COMMIT of {state}")

        @event.listens_for(Session, "after_commit")
        def _committed(session: Session) -> None:
            for state in session.info.pop("states", []):
                self.reach(f"after COMMIT of {state}")


class DyingRuntime(ProcessRuntime):
    """Jobs as processes, with points around what is done to them."""

    def __init__(self, steps: Steps, **members: Any) -> None:
        super().__init__(popen=partial(_launch, steps), group=partial(_group, steps), **members)
        self.steps = steps

    async def find(self, job: JobAttempt) -> StartedAttempt | None:
        with self.steps.around("find"):
            return await super().find(job)


def _launch(steps: Steps, *arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
    if "HOLD_LAUNCH" in os.environ:  # takes for ever
        threading.Event().wait()
    if "PAUSE_BEFORE_LAUNCH" in os.environ:
        (Path(sys.argv[2]) / "paused").touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    with steps.around("launch"):
        return subprocess.Popen(*arguments, **options)


def _group(steps: Steps, **members: Any) -> ProcessGroup:
    class DyingGroup(ProcessGroup):
        def send_signal(self, number: signal.Signals) -> None:
            with steps.around("signal"):
                super().send_signal(number)

        def kill_strays(self) -> None:
            with steps.around("reap"):
                super().kill_strays()

    return DyingGroup(**members)


def main() -> None:
    """Serves: with the point, the folder, the port, the most job runs at a time and the database's URL as words."""
    point, folder, port, max_running, database_url = sys.argv[1:]
    directory = Path(folder)
    steps = Steps(point)
    steps.watch_transactions()
    settings = Settings(
        state_directory=directory / os.environ.get("STATE", "state"),
        database_url=database_url,
        releases=load_releases(directory / "releases.toml"),
        max_running=int(max_running),
        # As in a cluster, where there may be a second server; its jobs are processes all the same.
        kubernetes=KubernetesSettings() if "STANDBY" in os.environ else None,
    )
    runtime = DyingRuntime(
        steps,
        state_directory=settings.state_directory,
        default_logs=settings.log_directory,
        releases=settings.releases,
    )
    server.run(
        settings,
        keys=load_keys(directory / "credentials"),
        policies=None,
        host="127.0.0.1",
        port=int(port),
        runtime=runtime,
        timing=DispatchTiming(retry_delays=(float(os.environ.get("RETRY_SECONDS", "0.2")),)),
    )


if __name__ == "__main__":
    main()
