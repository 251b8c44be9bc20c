"""Helm releases that a killed Helm left in the middle of a change. Helm refuses every later change of them.

Such a release goes back to the revision that was in force, so that Helm knows again which objects it has; the upgrade
follows at once. The programs of one machine change releases one at a time: a Helm whose caller was killed may be at
work still, and its release is in the middle of a change then, too.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.layout import ClusterLayout


@contextmanager
def one_at_a_time(layout: ClusterLayout, say: Say) -> Iterator[int]:
    """Waits until no other `longshore` of this user changes a release. Yields the descriptor of the lock.

    A program that gets the descriptor (`held` of `programs.run`) has the lock until it ends, even if we are killed.
    """
    layout.cache.mkdir(parents=True, exist_ok=True)
    with (layout.cache / "helm.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting: another Helm, of this command or of one that was killed, changes a release")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def repair(command: Sequence[str | Path], *, chart: str, say: Say, lock: int) -> None:
    """Ends the change in which a killed Helm left the release; does nothing if it left none.

    Args:
        command: Helm, with the options that name cluster and namespace.
        chart: the release's name.
        lock: see `one_at_a_time`.

    Raises:
        ClusterError: Helm refuses, or the cluster does not answer.
    """
    what = f"The state of the release {chart!r} cannot be read"
    listed = run([*command, "list", "--pending", "--filter", f"^{chart}$", "--output", "json"], what=what)
    if not json.loads(listed):
        return
    revision = restored_revision(json.loads(run([*command, "history", chart, "--output", "json"], what=what)))
    say(f"an earlier change of the release {chart!r} was interrupted; restoring its revision {revision} first")
    run(
        # Hooks belong to the interrupted change, or to an older version than the cluster's data.
        [*command, "rollback", chart, str(revision), "--no-hooks"],
        what=f"The release {chart!r}, whose change was interrupted, cannot be restored to revision {revision}",
        held=[lock],
    )


def restored_revision(history: Sequence[Mapping[str, Any]]) -> int:
    """Returns the revision that was in force before the interrupted change. Pure.

    A first installation has none before it: its own revision is completed. No object is removed, nor its data.

    Args:
        history: the release's revisions from `helm history --output json`. The last is interrupted.
    """
    # An upgrade that is killed at its very end has superseded the revision before it already.
    for status in ("deployed", "superseded"):
        found = [int(each["revision"]) for each in history if each["status"] == status]
        if found:
            return max(found)
    return int(history[-1]["revision"])
