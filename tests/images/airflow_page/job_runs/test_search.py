"""The search goes page by page, and ends when it has enough or has looked at enough."""

from typing import Any

import pytest
from longshore_page.job_runs.search import MOST, PAGE, Found, search


def pages(count: int, size: int) -> Any:
    """An API with `count` job runs, numbered from the newest."""

    def page(token: str | None) -> tuple[list[dict[str, int]], str | None]:
        start = int(token or 0)
        end = min(start + size, count)
        return [{"number": number} for number in range(start, end)], str(end) if end < count else None

    return page


def numbers(found: Found[Any]) -> list[int]:
    return [each["number"] for each in found.rows]


def test_where_all_are_wanted_one_page_is_asked_for() -> None:
    found = search(pages(10_000, PAGE), token=None, keep=list)
    assert (numbers(found), found.next, found.looked_at) == (list(range(PAGE)), str(PAGE), PAGE)
    following = search(pages(10_000, PAGE), token=found.next, keep=list)
    assert numbers(following)[0] == PAGE


@pytest.mark.parametrize("count", [0, 7, PAGE])
def test_the_last_page_has_no_next_one(count: int) -> None:
    found = search(pages(count, PAGE), token=None, keep=list)
    assert (len(found.rows), found.next, found.looked_at) == (count, None, count)


def test_what_is_rare_is_looked_for_but_not_without_end() -> None:
    found = search(
        pages(10_000, 100), token=None, keep=lambda runs: [each for each in runs if each["number"] % 999 == 1]
    )
    assert (numbers(found), found.next, found.looked_at) == ([1, 1000, 1999], str(MOST), MOST)
