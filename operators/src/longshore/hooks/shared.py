"""One client of the API for each Airflow connection, shared by all that a process watches through it.

A client takes 8 MiB and 0.2 s of processor time, most of it botocore's descriptions of AWS.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


@dataclass
class SharedHook:
    """The hook of one Airflow connection. Any thread may ask for it; it is made in the first one that does."""

    aws_conn_id: str | None
    _hook: "EmrContainersHook | None" = field(default=None, init=False)
    _made: float = field(default=float("-inf"), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def get(self, virtual_cluster_id: str, *, newer_than: float = float("-inf")) -> "EmrContainersHook":
        """Returns a hook for the virtual cluster, which shares the connection's client.

        Args:
            virtual_cluster_id: what it asks for.
            newer_than: time (monotonic, in seconds) before which the connection may have been another one.

        Raises:
            LongshoreError: the client cannot be made.
        """
        from longshore.hooks.emr_containers import EmrContainersHook

        with self._lock:
            if self._hook is None or self._made <= newer_than:
                self._made = time.monotonic()
                # Those who ask through it have a back-off of their own, which does not block a thread.
                self._hook = EmrContainersHook(self.aws_conn_id, attempts=1)
            return self._hook.for_cluster(virtual_cluster_id)

    def forget(self) -> None:
        """Makes the next hook anew: the connection may have other keys or another address by then."""
        with self._lock:
            self._hook = None
