"""A client of an environment's Airflow: its REST API, as a viewer.

The owner's code may answer instead of Airflow, so the time, the requests and the memory for it are limited.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from environments.exceptions import AirflowError
from environments.observed.airflow_state import AirflowState, import_failures, latest_use, parsed_commit
from environments.resource.names import CONTROLLER_USER

_SECONDS = 10.0
_PAGE = 100
"""Maximum number of rows that Airflow returns with its default settings."""
_MAX_PAGES = 50
_MAX_BYTES = 8 * 1024 * 1024
"""Maximum size of one answer."""
_REJECTED = (401, 403)
"""Answers to a token that has expired, or that an earlier environment of the name signed with another key."""


class Airflow:
    """Requests to the Airflows of all environments. It belongs to one event loop.

    Args:
        patience: seconds for all requests of one look.
    """

    def __init__(self, *, patience: float = 30.0) -> None:
        self._patience = patience
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            # A short compressed answer may unpack to a long one.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )
        self._tokens: dict[str, str] = {}

    async def close(self) -> None:
        """Closes the connections."""
        await self._session.close()

    async def look(self, url: str, *, password: str, owner: str) -> AirflowState:
        """Returns the present state of the environment's Airflow.

        Args:
            url: of its API server, including the path.
            password: of the controller's user in it.
            owner: the user whose use counts.

        Raises:
            AirflowError: it does not answer, or answers in an unexpected form.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._look(url, password=password, owner=owner)
        except TimeoutError as error:
            raise AirflowError(f"Airflow at {url} takes longer than {self._patience:g} s to answer.") from error

    async def _look(self, url: str, *, password: str, owner: str) -> AirflowState:
        async def get(path: str, member: str, **query: str) -> list[dict[str, Any]]:
            answer = await self._get(url, path, password=password, query=query)
            return list(answer[member])

        newest = {"limit": "1", "order_by": "-start_date"}
        try:
            dags, errors, running, triggered, events = await asyncio.gather(
                self._all(url, "dags", member="dags", password=password, exclude_stale="true"),
                self._all(url, "importErrors", member="import_errors", password=password),
                get("dags/~/dagRuns", "dag_runs", limit="1", state="running"),
                get("dags/~/dagRuns", "dag_runs", run_type="manual", **newest),
                get("eventLogs", "event_logs", limit="1", order_by="-when", owner=owner),
            )
            return AirflowState(
                commit=parsed_commit(dags, errors),
                import_errors=import_failures(errors),
                last_activity=latest_use(running=running, triggered=triggered, events=events, now=datetime.now(UTC)),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise AirflowError(f"Airflow at {url} answers in an unexpected form: {error!r}") from error

    async def _all(self, url: str, path: str, *, member: str, password: str, **query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for _ in range(_MAX_PAGES):
            page = {**query, "limit": str(_PAGE), "offset": str(len(rows))}
            answer = await self._get(url, path, password=password, query=page)
            rows += answer[member]
            if len(rows) >= answer["total_entries"] or not answer[member]:
                return rows
        raise AirflowError(f"Airflow at {url} has more than {_MAX_PAGES * _PAGE} of {path}.")

    async def _get(self, url: str, path: str, *, password: str, query: Mapping[str, str]) -> dict[str, Any]:
        for attempt in range(2):
            if (token := self._tokens.get(url)) is None:
                token = self._tokens[url] = await self._log_in(url, password)
            status, answer = await self._ask(
                "GET", f"{url}/api/v2/{path}", params=query, headers={"Authorization": f"Bearer {token}"}
            )
            if status in _REJECTED and not attempt:
                self._tokens.pop(url, None)
                continue
            if status >= 300:
                raise AirflowError(f"Airflow at {url} refused {path} with status {status}.")
            return answer
        raise AirflowError(f"Airflow at {url} does not let the controller in.")

    async def _log_in(self, url: str, password: str) -> str:
        user = {"username": CONTROLLER_USER, "password": password}
        status, answer = await self._ask("POST", f"{url}/auth/token", json=user)
        if status >= 300:
            raise AirflowError(f"Airflow at {url} does not let the controller in: status {status}.")
        return str(answer["access_token"])

    async def _ask(self, method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
        try:
            async with self._session.request(method, url, allow_redirects=False, **options) as response:
                return response.status, await _json(response) if response.status < 300 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise AirflowError(f"Airflow does not answer at {url}: {error or type(error).__name__}") from error


async def _json(response: aiohttp.ClientResponse) -> Any:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise AirflowError(f"Airflow answers {response.url.path} with more than {_MAX_BYTES} bytes.")
    return json.loads(body)
