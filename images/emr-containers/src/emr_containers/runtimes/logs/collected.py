"""The lines of a job run's pods that a collector has put into VictoriaLogs. They stay there when the pods are gone.

The fields are those that the collector of helm/observability gives to a line.

Source: VictoriaLogs, "Querying", `/select/logsql/query`.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

_FIELDS = {
    "_time": "time",
    "k8s.pod.name": "pod",
    "k8s.container.name": "container",
    "job_component": "component",
    "log.iostream": "stream",
    "_msg": "line",
}
_PAGE = 5000
"""Lines of one query: the store sorts them in its memory."""
_TIMEOUT = urllib3.Timeout(connect=5, read=60)


class LogStoreError(Exception):
    """The store does not answer, or answers what cannot be read. The message says which."""


@dataclass(frozen=True, kw_only=True)
class CollectedLine:
    """One line of one pod."""

    time: str
    """When it was written: UTC, RFC 3339, up to nanoseconds."""
    pod: str
    container: str
    component: str
    """`driver` or `executor`."""
    stream: str
    """`stdout` or `stderr`."""
    line: str
    """Its text, without the line break. Secrets that it named are redacted, if the collector does so."""

    def as_json(self) -> bytes:
        """Returns the line as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


def collected_lines(
    store: str, *, namespace: str, job_run: str, since: float, until: float | None, page: int = _PAGE
) -> Iterator[CollectedLine]:
    """Yields all lines of a job run's pods in the order of their times, in constant memory.

    The collector delivers at least once: a line that was under way when it was killed may come twice.

    Args:
        store: the URL of VictoriaLogs.
        namespace: that of the job run's pods. A pod elsewhere may say that it is of this job run, and is not.
        since: no line is earlier; seconds since the epoch.
        until: no line is later; None: the present.
        page: the number of lines that are asked for at a time.

    Raises:
        LogStoreError: the store does not answer, or has more lines of the same nanosecond than a page.
    """
    query = f"k8s.namespace.name:={json.dumps(namespace)} job_run:={json.dumps(job_run)}"
    query += f" | fields {', '.join(_FIELDS)} | sort by (_time) limit {page}"
    asked = {"query": query, "start": f"{since:.3f}"} | ({} if until is None else {"end": f"{until:.3f}"})
    with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
        while True:
            count, same = 0, list[CollectedLine]()
            for line in _ask(pool, store.rstrip("/"), asked):
                count += 1
                if same and line.time != same[0].time:
                    yield from same
                    same = []
                same.append(line)
            if count < page:
                yield from same
                return
            # There are more lines, perhaps of the same time, which the next page begins with.
            if same[0].time == asked["start"]:
                raise LogStoreError(f"More than {page} lines of {job_run!r} have the time {same[0].time}.")
            asked["start"] = same[0].time


def _ask(pool: urllib3.PoolManager, store: str, fields: dict[str, str]) -> Iterator[CollectedLine]:
    try:
        answer = pool.request(
            "POST", f"{store}/select/logsql/query", fields=fields, encode_multipart=False, preload_content=False
        )
        if answer.status != 200:
            raise LogStoreError(f"{store} answers {answer.status}: {answer.read(500).decode(errors='replace')}")
        for row in answer:
            yield _line(json.loads(row))
    except (HTTPError, ValueError) as error:
        raise LogStoreError(f"{store} does not answer as VictoriaLogs does: {error}") from error


def _line(row: dict[str, Any]) -> CollectedLine:
    return CollectedLine(**{name: str(row.get(field, "")) for field, name in _FIELDS.items()})
