"""The search of a page's rows among a virtual cluster's job runs, page by page of the API and never all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from longshore_page.job_runs.api import Run

PAGE = 50
"""The number of rows that a page of ours has, if so many are found; the last page of the API may bring some more."""
MOST = 2000
"""The most job runs that are looked at for one page."""
_Row = TypeVar("_Row")


@dataclass(frozen=True, kw_only=True)
class Found(Generic[_Row]):
    """The rows of one page."""

    rows: list[_Row]
    next: str | None
    """The API's token of the place at which the next page goes on; None at the end."""
    looked_at: int
    """The number of job runs that were looked at."""


def search(
    page: Callable[[str | None], tuple[list[Run], str | None]],
    *,
    token: str | None,
    keep: Callable[[Sequence[Run]], list[_Row]],
) -> Found[_Row]:
    """Returns the rows that `keep` makes of the job runs from `token` on.

    Args:
        page: returns a page of the API from a token on, and the token of the next one.
        token: None begins with the newest run.
        keep: returns rows of those runs of a page that are wanted.
    """
    rows: list[_Row] = []
    looked_at = 0
    while True:
        runs, token = page(token)
        looked_at += len(runs)
        rows += keep(runs)
        if token is None or len(rows) >= PAGE or looked_at >= MOST:
            return Found(rows=rows, next=token, looked_at=looked_at)
