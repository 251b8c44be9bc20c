"""Arguments for the program helm, and the status that it prints. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from environments.resource.names import RELEASE
from environments.settings import Settings

_HISTORY = 3
"""Number of revisions that Helm keeps; a rollback goes back by one."""
Status = Literal["deployed", "failed", "pending-install", "pending-upgrade", "pending-rollback", "uninstalling", "none"]


def upgrade_arguments(settings: Settings, *, namespace: str, wait: bool) -> list[str]:
    """Returns the arguments to install or upgrade the release; helm reads the values from standard input.

    Args:
        wait: whether Helm waits until all pods are ready, and rolls back if they are not in time. The first
            installation does not wait: its faults can only be seen while it is there.
    """
    waiting = ["--rollback-on-failure", "--wait=watcher", f"--timeout={settings.upgrade_seconds}s"]
    return [
        *("upgrade", "--install", RELEASE, settings.chart, f"--namespace={namespace}", "--values=-"),
        # Changes by hand are overwritten.
        *("--server-side=true", "--force-conflicts"),
        f"--history-max={_HISTORY}",
        *(waiting if wait else ["--wait=hookOnly"]),
    ]


def list_arguments(*, namespace: str) -> list[str]:
    """Returns the arguments to list the release with its status."""
    return ["list", f"--namespace={namespace}", f"--filter=^{RELEASE}$", "--output=json"]


def rollback_arguments(*, namespace: str) -> list[str]:
    """Returns the arguments to go back to the previous revision."""
    return ["rollback", RELEASE, f"--namespace={namespace}", "--server-side=true", "--force-conflicts"]


def uninstall_arguments(*, namespace: str) -> list[str]:
    """Returns the arguments to uninstall the release, which may be missing already."""
    return ["uninstall", RELEASE, f"--namespace={namespace}", "--ignore-not-found"]


def status_of(listed: Sequence[Mapping[str, Any]]) -> Status:
    """Returns the release's status from the output of `helm list --output=json`."""
    found: Status = listed[0]["status"] if listed else "none"
    return found


def failure_of(printed: str) -> str:
    """Returns the errors that helm printed after `Error: `, a line each, as one line."""
    lines = [line.strip() for line in printed.rpartition("Error: ")[2].splitlines() if line.strip()]
    return "; ".join(lines)[:1000] or "Helm failed without a message."
