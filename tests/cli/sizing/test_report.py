import pytest
from longshore_cli.sizing.report import NO_OWNER, Prices, report_of

from .described_runs import described, task


def test_tasks_and_owners_that_waste_most_come_first_and_their_sums_are_the_total() -> None:
    report = report_of(
        [
            task("default/a/small", described(hours=0.1, owner="one")),
            task("default/b/large", described(hours=3.0, owner="two"), described(owner="two", full="executor_heap")),
            task("default/c/unowned", described(hours=0.5, owner=None)),
        ]
    )
    assert [each.name for each in report.tasks] == ["default/b/large", "default/c/unowned", "default/a/small"]
    assert list(report.owners) == ["two", NO_OWNER, "one"]
    assert report.total.runs == 4
    assert report.total.memory == pytest.approx(sum(each.total.memory for each in report.tasks))
    assert report.total.memory == pytest.approx(sum(use.memory for use in report.owners.values()))
    assert [each.lacked for each in report.tasks] == [1, 0, 0]


def test_the_price_is_that_of_what_was_not_used() -> None:
    total = report_of([task("a/b/c", described())]).total
    assert Prices(gib_hour=2.0).of_waste(total) == pytest.approx(2 * (9 - 3.25))
    assert Prices(core_hour=3.0).of_waste(total) == pytest.approx(3 * (4 - 2))
    assert not Prices().known


def test_without_runs_there_is_nothing_to_count() -> None:
    report = report_of([])
    assert (report.tasks, report.total.memory, report.began) == ((), 0, None)
