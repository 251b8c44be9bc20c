"""The check before whatever a runtime does."""

import asyncio

import pytest
from emr_containers.exceptions import TermEndedError
from emr_containers.runtimes.fence import check_fence, fence
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.store.terms import Term
from longshore_libs.kubernetes.access import Access


def test_what_a_term_has_begun_is_refused_after_its_end_in_threads_too() -> None:
    async def dispatch(term: Term) -> None:
        fence(term.check)
        check_fence()
        term.end()
        with pytest.raises(TermEndedError):
            await asyncio.to_thread(check_fence)
        with pytest.raises(TermEndedError):
            await asyncio.create_task(_act())

    async def both() -> None:
        await asyncio.create_task(dispatch(Term(generation=1)))
        check_fence()  # another task has none

    asyncio.run(both())


@pytest.mark.parametrize("call", ["post", "patch", "delete"])
def test_a_server_whose_term_is_over_changes_nothing_in_a_cluster(call: str) -> None:
    async def late() -> None:
        term = Term(generation=1)
        fence(term.check)
        api = Api(Access(url="http://127.0.0.1:9"))  # where a request would fail in another way
        term.end()
        with pytest.raises(TermEndedError):
            await getattr(api, call)("/apis/batch/v1/namespaces/jobs/jobs/x", {})
        await api.close()

    asyncio.run(late())


async def _act() -> None:
    check_fence()
