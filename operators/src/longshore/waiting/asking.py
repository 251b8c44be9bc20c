"""Asks the API for job runs of one connection, in as few requests as it can. Called in threads.

Job runs of a virtual cluster are asked for together: by one list of the unfinished job runs where that takes fewer
requests, otherwise one by one. A job run that is not in the list may have ended, or its page has not been read: it is
asked for by itself, so that the list alone decides nothing.
"""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from longshore.exceptions import ApiNotFoundError, ApiUnavailableError, LongshoreError
from longshore.hooks.job_run import JobRun
from longshore.hooks.shared import SharedHook

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

Answer = JobRun | Exception
"""The job run as it is now, or why that is not known."""

_REFUSALS = 3
"""Number of failures after which a round asks for no more: what keeps three from being seen may concern all."""
_REMEMBERED = 600.0
"""Seconds for which a list's length counts, and a refusal of one: a key may have the right to describe only."""
_PAGE = 100
"""Number of job runs that are expected on a page."""


class Question(Protocol):
    """One job run that is asked for."""

    cluster: str
    job_run_id: str
    since: float
    """Time (monotonic) from which it is asked for: an older client may belong to another server."""


@dataclass
class Cluster:
    """A virtual cluster, as earlier rounds have found it."""

    pages: int = 0
    """Number of pages that were read of its last list."""
    listed: float = float("-inf")
    """Time (monotonic) of its last list."""
    not_before: float = float("-inf")
    """Time from which it may be listed."""

    def list_asks_less(self, due: int, now: float) -> bool:
        """Returns whether a list is expected to take fewer requests than asking for each of the `due` job runs."""
        pages = self.pages if now - self.listed < _REMEMBERED else 1 + due // _PAGE
        return due > pages and now >= self.not_before


class Asker:
    """The questions about the job runs of one Airflow connection.

    Args:
        aws_conn_id: the connection, or None.
    """

    def __init__(self, aws_conn_id: str | None) -> None:
        self.hook = SharedHook(aws_conn_id)
        self._clusters: defaultdict[str, Cluster] = defaultdict(Cluster)

    def ask(self, due: Sequence[Question]) -> tuple[dict[tuple[str, str], Answer], int]:
        """Returns the answers by virtual cluster and job run, and the number of requests. Raises nothing."""
        clusters: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for question in due:
            runs = clusters[question.cluster]
            runs[question.job_run_id] = max(question.since, runs.get(question.job_run_id, question.since))
        answers: dict[tuple[str, str], Answer] = {}
        requests = 0
        for cluster, since in clusters.items():
            found: dict[str, Answer] = {}
            try:
                requests += self._ask_for(cluster, since, found)
            except Exception as error:  # noqa: BLE001  whatever keeps us from asking keeps no job from running
                self.hook.forget()
                found |= {job_run_id: error for job_run_id in since if job_run_id not in found}
            answers |= {(cluster, job_run_id): answer for job_run_id, answer in found.items()}
        return answers, max(requests, 1)

    def _ask_for(self, cluster: str, since: dict[str, float], found: dict[str, Answer]) -> int:
        """Asks for job runs of one virtual cluster; puts the answers into `found`, also those of others in the list.

        Returns:
            The number of requests.

        Raises:
            Exception: why those that are not in `found` are not known.
        """
        known, requests, now = self._clusters[cluster], 0, time.monotonic()
        if known.list_asks_less(len(since), now):
            hook = self.hook.get(cluster)
            try:
                listed, known.pages = hook.unfinished_job_runs(most_pages=len(since))
                known.listed = now
                found |= listed
                requests += known.pages
            except ApiUnavailableError:
                raise
            except LongshoreError:  # describing tells whether that is so for each of them
                known.not_before = now + _REMEMBERED
        missing = [job_run_id for job_run_id in since if job_run_id not in found]
        random.shuffle(missing)  # those behind a refusal come first another time
        refused: list[Exception] = []
        for job_run_id in missing:
            requests += 1
            answer = found[job_run_id] = self._describe(cluster, job_run_id, since[job_run_id])
            if isinstance(answer, ApiUnavailableError):
                raise answer
            if isinstance(answer, Exception) and not isinstance(answer, ApiNotFoundError):
                refused.append(answer)
                if len(refused) == _REFUSALS:
                    raise answer
        if refused:
            self.hook.forget()
        return requests

    def _describe(self, cluster: str, job_run_id: str, since: float) -> Answer:
        hook = self.hook.get(cluster)
        try:
            try:
                return hook.describe_job_run(job_run_id)
            except ApiNotFoundError:
                # The connection may have come to name another server after the client was made.
                newer: EmrContainersHook = self.hook.get(cluster, newer_than=since)
                if newer.client is hook.client:
                    raise
                return newer.describe_job_run(job_run_id)
        except Exception as error:  # noqa: BLE001  as in `ask`
            return error
