"""Every change of a namespace's pods while a test runs, in the order in which the cluster's API tells them."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from cluster.parts import Cluster

Pod = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a pod."""

    kind: str
    """ADDED, MODIFIED or DELETED."""
    pod: Pod

    @property
    def name(self) -> str:
        return str(self.pod["metadata"]["name"])

    @property
    def placed(self) -> bool:
        """True if the pod has a node by now."""
        return bool(self.pod["spec"].get("nodeName"))

    @property
    def over(self) -> bool:
        """True if nothing of the pod runs any more."""
        return self.kind == "DELETED" or self.pod["status"].get("phase") in ("Succeeded", "Failed")


@dataclass
class PodHistory:
    """The changes of pods that were seen so far."""

    _file: IO[str]
    _rest: str = ""
    _seen: list[Change] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        self._rest += self._file.read()
        decoder = json.JSONDecoder()
        while start := self._rest.lstrip():
            try:
                event, end = decoder.raw_decode(start)
            except ValueError:
                break  # it is not all written yet
            self._seen.append(Change(kind=event["type"], pod=event["object"]))
            self._rest = start[end:]
        return self._seen

    def first(self, wanted: Callable[[Change], bool], *, of: str) -> int:
        """Returns the position, among all changes, of a pod's first change that is `wanted`."""
        found = [at for at, change in enumerate(self.changes) if change.name == of and wanted(change)]
        assert found, f"the pod {of} did not come so far"
        return found[0]

    def names(self, wanted: Callable[[Pod], bool]) -> set[str]:
        """The names of all such pods that there ever were."""
        return {change.name for change in self.changes if wanted(change.pod)}

    def gone(self) -> set[str]:
        """The names of the pods that were deleted."""
        return {change.name for change in self.changes if change.kind == "DELETED"}


@contextmanager
def pod_history(cluster: Cluster, namespace: str) -> Iterator[PodHistory]:
    """Watches the pods of a namespace for as long as the block runs."""
    watch = ("get", "pods", "--watch", "--output-watch-events", "-o", "json")
    with tempfile.NamedTemporaryFile("w+") as written, open(written.name) as read:  # noqa: PTH123
        process = subprocess.Popen(
            [*cluster.kubectl.command, "-n", namespace, *watch], stdin=subprocess.DEVNULL, stdout=written
        )
        try:
            yield PodHistory(read)
            assert process.poll() is None, "the watch of the pods ended before its time"
        finally:
            process.terminate()
            process.wait()
