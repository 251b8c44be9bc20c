"""Airflow's REST API. Requests are retried for a while, because a busy Airflow may not answer at once."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from longshore_libs.retries import polling, retry

from longshore_cli.exceptions import AirflowError, AirflowUnavailableError

Answer = TypeVar("Answer")
_PATIENCE_SECONDS = 60.0
_PAGE = 100
"""Rows: the most that Airflow gives in its default settings."""


@dataclass(frozen=True)
class AirflowApi:
    """A running Airflow, and a token for it."""

    url: str
    token: str

    def get(self, path: str, *, timeout: float = _PATIENCE_SECONDS) -> dict[str, Any]:
        """Returns the answer to a GET of `/api/v2/<path>`.

        Args:
            timeout: seconds to retry while Airflow does not answer.

        Raises:
            AirflowError: Airflow refuses, or does not answer in time.
        """
        return retry_while_unavailable(lambda: self.call("GET", path), timeout=timeout)

    def get_all(self, path: str, *, member: str, **query: str) -> list[dict[str, Any]]:
        """Returns the rows of every page of a list, which the answers have as `member`.

        Raises:
            AirflowError: see `get`.
        """
        rows: list[dict[str, Any]] = []
        while True:
            page = self.get(f"{path}?{urlencode({**query, 'limit': _PAGE, 'offset': len(rows)})}")
            rows += page[member]
            if len(rows) >= page["total_entries"] or not page[member]:
                return rows

    def import_failures(self) -> list[tuple[str, str]]:
        """Returns the files of DAGs that Airflow cannot import, each with the last line of its stack trace.

        Raises:
            AirflowError: see `get`.
        """
        found = self.get_all("importErrors", member="import_errors")
        return [
            (str(each["filename"]), (str(each["stack_trace"]).strip().splitlines() or ["no reason"])[-1])
            for each in found
        ]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns the answer to one request. Raises AirflowError, or AirflowUnavailableError where a retry may help."""
        return _request(f"{self.url}/api/v2/{path}", method=method, body=body, token=self.token)

    def unpause(self, dag_id: str) -> None:
        """Unpauses the DAG."""
        self.call("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str) -> str:
        """Starts a run of the DAG now, and returns its run ID."""
        return str(self.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def end_run(self, dag_id: str, run_id: str) -> None:
        """Marks a run of the DAG as failed."""
        self.call("PATCH", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"state": "failed"})

    def failure(self, dag_id: str, run_id: str, task_id: str) -> str:
        """Returns the last error in a task's log; empty if there is none."""
        path = f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task_id}"
        tries = self.get(path)["try_number"]
        lines = self.get(f"{path}/logs/{tries}")["content"]
        errors = [line for line in lines if isinstance(line, dict) and line.get("level") in ("error", "critical")]
        if not errors:
            return ""
        details = errors[-1].get("error_detail")
        return str(details[-1]["exc_value"] if details else errors[-1]["event"])


def log_in(url: str, *, user: str | None = None, password: str | None = None) -> str:
    """Returns a token for the Airflow at `url`. Without a user, Airflow must accept everyone.

    Raises:
        AirflowError: Airflow refuses the login. AirflowUnavailableError: Airflow does not answer yet.
    """
    body = None if user is None else {"username": user, "password": password}
    answer = _request(f"{url}/auth/token", method="GET" if body is None else "POST", body=body, token=None)
    return str(answer["access_token"])


def retry_while_unavailable(ask: Callable[[], Answer], *, timeout: float) -> Answer:
    """Calls `ask` each second until Airflow answers, and returns the result. Gives up after `timeout` seconds.

    Raises:
        AirflowError: see `AirflowApi.call`.
    """
    return retry(ask, on=AirflowUnavailableError, waits=polling(timeout, every=1.0))


def _request(url: str, *, method: str, body: dict[str, Any] | None, token: str | None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=data, headers=headers)  # noqa: S310  of our own settings
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        detail = error.read().decode(errors="replace")
        kind = AirflowUnavailableError if error.code >= 500 else AirflowError
        raise kind(f"Airflow refused {method} {url}: {error.code} {detail[:500]}") from error
    except (OSError, ValueError) as error:
        raise AirflowUnavailableError(f"Airflow does not answer at {url}: {error}") from error
