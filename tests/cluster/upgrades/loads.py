"""DAG runs that go on through an upgrade, and addresses that are asked meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from cluster.parts import eventually
from longshore_cli.clients.airflow_api import AirflowApi, retry_while_unavailable
from longshore_cli.exceptions import AirflowError

_PATIENCE_SECONDS = 300.0
"""Airflow's API itself may be away while its pods are replaced on a busy machine; tasks do not ask it from outside."""
_ASK_SECONDS = 0.5


class Load:
    """Runs of a DAG, one after another, until it is told to stop."""

    def __init__(self, airflow: AirflowApi, dag_id: str) -> None:
        self._airflow, self._dag_id = airflow, dag_id
        self.runs: list[str] = []
        """The IDs of the runs that were started; all but the last have ended."""
        self._enough = threading.Event()

    def __call__(self) -> None:
        """Runs the DAG until `stop`, and to the end of the last run."""
        retry_while_unavailable(lambda: self._airflow.unpause(self._dag_id), timeout=_PATIENCE_SECONDS)
        while not self._enough.is_set():
            run_id = f"unnoticed-{time.time_ns()}"
            self._trigger(run_id)
            self.runs.append(run_id)
            eventually(
                lambda: self._get(self._path(self.runs[-1]))["state"] in ("success", "failed"),
                seconds=1800,
                what=f"the end of {run_id}",
            )

    def stop(self) -> None:
        """Lets the last run end."""
        self._enough.set()

    def wait_for_deferred(self) -> None:
        """Waits until a task of the last run is deferred."""
        eventually(
            lambda: self.runs and "deferred" in [each["state"] for each in self.tasks(self.runs[-1])],
            seconds=600,
            what=f"a deferred task of {self._dag_id}",
        )

    def wait_for_another(self) -> None:
        """Waits until another run begins. `at_work` waits for its end."""
        wanted = len(self.runs) + 1
        eventually(lambda: len(self.runs) >= wanted, seconds=2400, what=f"another run of {self._dag_id}")

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        return list(self._get(f"{self._path(run_id)}/taskInstances")["task_instances"])

    def _trigger(self, run_id: str) -> None:
        body = {"dag_run_id": run_id, "logical_date": None}
        path = f"dags/{self._dag_id}/dagRuns"
        try:
            retry_while_unavailable(lambda: self._airflow.call("POST", path, body), timeout=_PATIENCE_SECONDS)
        except AirflowError as error:
            if ": 409 " not in str(error):  # accepted before, and the answer was lost
                raise

    def _path(self, run_id: str) -> str:
        return f"dags/{self._dag_id}/dagRuns/{quote(run_id, safe='')}"

    def _get(self, path: str) -> dict[str, Any]:
        return self._airflow.get(path, timeout=_PATIENCE_SECONDS)


@contextmanager
def at_work(*loads: Load) -> Iterator[None]:
    """Keeps the loads running meanwhile, and waits for the end of their last runs."""
    with ThreadPoolExecutor(len(loads)) as pool:
        working = [pool.submit(load) for load in loads]
        try:
            yield
        finally:
            for load in loads:
                load.stop()
        for each in working:
            each.result()


@contextmanager
def pauses(asked: Mapping[str, Callable[[], object]]) -> Iterator[dict[str, float]]:
    """Asks each address twice a second. Yields the longest time without an answer by name, in seconds, as it grows.

    Args:
        asked: by name, what asks once, and raises any exception where there is no answer.
    """
    longest, over = dict.fromkeys(asked, 0.0), threading.Event()

    def follow(name: str, ask: Callable[[], object]) -> None:
        answered = time.monotonic()
        while not over.wait(_ASK_SECONDS):
            began = time.monotonic()
            try:
                ask()
            except Exception:  # noqa: S112, BLE001  whatever it is, it is no answer
                continue
            now = time.monotonic()
            # One that answers at once has no pause between two questions.
            longest[name] = max(longest[name], now - began, now - answered - _ASK_SECONDS)
            answered = now

    with ThreadPoolExecutor(len(asked)) as pool:
        following = [pool.submit(follow, name, ask) for name, ask in asked.items()]
        try:
            yield longest
        finally:
            over.set()
        for each in following:
            each.result()
