"""One DAG run with its one task, as Airflow and as the job server see it."""

import os
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psutil
from longshore_cli.clients.airflow_api import AirflowApi
from support.serving import JobServer
from support.waiting import until


@dataclass(frozen=True)
class Case:
    """A DAG run that a fault finds."""

    dag_id: str
    run_id: str
    api: AirflowApi
    job_server: JobServer

    @property
    def _run(self) -> str:
        return f"dags/{self.dag_id}/dagRuns/{self.run_id}"

    def task(self) -> dict[str, Any]:
        """The task instance, as Airflow's REST API shows it."""
        return self.api.get(f"{self._run}/taskInstances/job")

    def job_runs(self) -> list[dict[str, Any]]:
        """All job runs of all tries, the oldest first."""
        pages = self.job_server.client.get_paginator("list_job_runs")
        found = [run for page in pages.paginate(virtualClusterId=self.job_server.cluster) for run in page["jobRuns"]]
        mine = [run for run in found if run["name"].rsplit("-", 1)[0] == self.run_id]
        return sorted(mine, key=lambda run: run["createdAt"])

    def states(self) -> list[str]:
        """The states of the job runs, the oldest first."""
        return [run["state"] for run in self.job_runs()]

    def running_jobs(self) -> int:
        """Returns how many of its jobs have a process, whatever the job server reports."""
        groups = set()
        for process in psutil.process_iter():
            try:
                command = process.cmdline()
                if command[-1:] == [self.run_id] and "wait_for.sh" in command[-2]:
                    groups.add(os.getpgid(process.pid))  # a job's launcher and its program are one group
            except (psutil.Error, ProcessLookupError):
                continue
        return len(groups)

    def wait(self, what: str, true: Callable[["Case"], Any]) -> Any:
        """The first true answer of `true`."""
        return until(lambda: f"{self.run_id}, {what}; {self.states()}, {self.task()}", lambda: true(self))

    def wait_for_task(self, state: str, *, try_number: int = 1) -> None:
        self.wait(f"the task is {state}", lambda _: self._is(state, try_number))

    def _is(self, state: str, try_number: int) -> bool:
        task = self.task()
        return (task["state"], task["try_number"]) == (state, try_number)

    def wait_for_jobs(self, *states: str) -> None:
        """Waits until the job runs are just in these states, the oldest first."""
        self.wait(f"the job runs are {states}", lambda _: self.states() == list(states))

    def finish(self) -> None:
        """Lets the job end well, and waits until the task has."""
        (self.job_server.folder / "done" / self.run_id).touch()
        self.wait("the task has ended well", lambda _: self.task()["state"] == "success")

    def mark(self, state: str) -> None:
        """Marks the task with a state, as a user does it in the grid."""
        self.api.call("PATCH", f"{self._run}/taskInstances/job", {"new_state": state})

    def clear(self) -> None:
        body = {"dry_run": False, "dag_run_id": self.run_id, "task_ids": ["job"], "only_failed": False}
        self.api.call("POST", f"dags/{self.dag_id}/clearTaskInstances", body)

    def mark_run(self, state: str) -> None:
        self.api.call("PATCH", self._run, {"state": state})

    def delete_run(self) -> None:
        url, headers = f"{self.api.url}/api/v2/{self._run}", {"Authorization": f"Bearer {self.api.token}"}
        request = urllib.request.Request(url, method="DELETE", headers=headers)  # noqa: S310  of our own settings
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310

    def never_two_at_once(self) -> bool:
        """Returns whether each job run was made only after the one before it had ended."""
        runs = self.job_runs()
        return all(
            before.get("finishedAt") and before["finishedAt"] <= after["createdAt"] for before, after in pairwise(runs)
        )
