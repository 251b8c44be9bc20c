"""One transfer at a time writes to a target: the second waits, says for whom, and finds what the first has written."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from embedded.transfers import JOB_RUN, Transfers, started_transfers
from support.waiting import until

from transfers.conftest import World
from transfers.places import Place, Rows, after, hold, wait_for_a_row

_OTHER_RUN = "000000000000000other"
"""Begins the IDs of the second JVM's job runs."""
_EACH_AFTER_EACH = [
    *("append", "append", "overwrite", "append", "merge"),
    *("overwrite", "overwrite", "merge", "merge", "append"),
]
"""Each ordered pair of modes is next to each other once."""


@pytest.fixture(scope="module")
def other(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transfers]:
    """A second JVM, as another job run has it."""
    folder = tmp_path_factory.mktemp("other")
    with started_transfers(world.connections, folder, LONGSHORE_JOB_RUN=_OTHER_RUN) as transfers:
        yield transfers


@pytest.fixture(params=["lake", "database"])
def place(world: World, request: pytest.FixtureRequest) -> Place:
    return Place(world, request.param)


def waits(transfers: Transfers, target: str) -> Callable[[], bool]:
    """True once a transfer that begins after this call has said that it waits, and for which job run."""
    said = re.compile(
        rf"The target '{target}' is being written by the job run ({JOB_RUN}|{_OTHER_RUN})\d+; waiting for"
    )
    before = len(transfers.log.read_text())
    return lambda: said.search(transfers.log.read_text(), before) is not None


def test_each_mode_waits_for_each_other_and_finds_what_that_has_written(place: Place, other: Transfers) -> None:
    jvms, target = (place.world.transfers, other), place.target("each")
    rows: list[tuple[int, str]] = []
    with ThreadPoolExecutor() as pool, ExitStack() as locks:
        let_go: Callable[[], object] = lambda: None  # noqa: E731
        for number, mode in enumerate(_EACH_AFTER_EACH):
            lock, jvm = locks.enter_context(hold(place.world)), jvms[number % 2]
            # A merge changes a row of the transfer before it, and adds another.
            given = [(number - (mode == "merge"), f"{number}"), (number + 50, f"{number}")]
            rows = after(rows, mode, given)
            second_waits = waits(jvm, target)
            transfer = pool.submit(jvm.run, place.transfer(given, "each", mode, held=lock.number))
            if number > 0:
                until(lambda: f"{mode} {number} says that it waits; {_outcome(transfer)}", second_waits, every=0.05)  # noqa: B023
                let_go()
            lock.wait()
            let_go = lambda lock=lock, transfer=transfer: (lock.let_go(), finished(transfer.result()))  # noqa: E731
        let_go()
    assert place.rows("each") == rows


def _outcome(transfer: "Future[dict[str, Any]]") -> object:
    return transfer.result() if transfer.done() else "it goes on"


def finished(done: dict[str, Any]) -> None:
    assert done["status"] == 0, done


@pytest.mark.parametrize(("first", "second"), [("append", "append"), ("overwrite", "merge"), ("merge", "overwrite")])
def test_two_transfers_that_both_make_the_table_are_done_one_after_the_other(
    place: Place, other: Transfers, first: str, second: str
) -> None:
    """Case 2 is the first of these, in the lake."""
    table = f"new_{first}_{second}"
    rows: list[Rows] = [[(1, "a"), (2, "a")], [(2, "b"), (3, "b")]]
    with ThreadPoolExecutor() as pool, hold(place.world) as lock:
        ours = pool.submit(place.world.transfers.run, place.transfer(rows[0], table, first, held=lock.number))
        lock.wait()
        refused = other.run(place.transfer(rows[1], table, second, lock_timeout="0"))
        assert f"{place.target(table)!r} is still being written by the job run {JOB_RUN}" in refused["error"]
        second_waits = waits(other, place.target(table))
        theirs = pool.submit(other.run, place.transfer(rows[1], table, second))
        until("the second says that it waits", second_waits, every=0.05)
        lock.let_go()
        finished(ours.result())
        finished(theirs.result())
    assert place.rows(table) == after(rows[0], second, rows[1])
    if place.name == "lake" and second == "append":
        snapshots = place.world.lake.load_table(f"writers.{table}").snapshots()
        assert [one.summary["total-records"] for one in snapshots if one.summary] == ["2", "4"]


@pytest.mark.parametrize("mode", ["overwrite", "merge"])
def test_two_transfers_that_meet_a_row_lock_of_a_third_session_leave_each_row_once(
    world: World, other: Transfers, mode: str
) -> None:
    """Case 3."""
    place, table = Place(world, "database"), f"row_{mode}"
    finished(world.transfers.run(place.transfer([(1, "old"), (2, "old")], table, "overwrite")))
    with ThreadPoolExecutor() as pool, world.postgres.connect("flights") as third:
        third.execute(f"BEGIN; SELECT * FROM writers.{table} WHERE id = 1 FOR UPDATE")  # type: ignore[arg-type]
        ours = pool.submit(world.transfers.run, place.transfer([(1, "a"), (2, "a"), (3, "a")], table, mode))
        wait_for_a_row(third)
        second_waits = waits(other, place.target(table))
        theirs = pool.submit(other.run, place.transfer([(1, "b"), (2, "b"), (4, "b")], table, mode))
        until("the second says that it waits", second_waits, every=0.05)
        third.execute("COMMIT")
        finished(ours.result())
        finished(theirs.result())
    third_row = [(3, "a")] if mode == "merge" else []
    assert place.rows(table) == [(1, "b"), (2, "b"), *third_row, (4, "b")]
