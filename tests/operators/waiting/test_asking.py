"""When a list asks less; `test_shared_poll.py` has whole rounds, over real HTTP and by chance."""

from hypothesis import given
from hypothesis import strategies as st
from longshore.waiting.asking import Cluster


@given(st.integers(1, 5000), st.integers(1, 200))
def test_it_lists_only_where_that_asks_less(due: int, pages: int) -> None:
    known = Cluster(pages=pages, listed=0.0)
    assert known.list_asks_less(due, 10.0) is (due > pages)
    # What was long ago says nothing, and a page is guessed to have a hundred.
    assert known.list_asks_less(due, 10_000.0) is (due > 1 + due // 100)
