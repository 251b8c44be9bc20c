from dataclasses import replace

import pytest
from emr_containers.sizing.plan.sizes import Run, Sizes
from emr_containers.sizing.profile import Profile
from emr_containers.sizing.shortage import LACKED_TAG, MORE_TAG, shortage_tags

SIZES = Sizes(executor_heap=1024, executor_cores=2)
FULL = Run(profile=Profile(), sizes=SIZES, full="executor_heap", completed=False)


@pytest.mark.parametrize(
    ("after", "more"),
    [
        (replace(SIZES, executor_heap=1536), "executor heap 1024 to 1536 MiB"),
        (replace(SIZES, executor_heap=1000, executor_cores=1), "executor cores 2 to 1"),
        (replace(SIZES, executor_overhead=2000), None),
        (replace(SIZES, executor_heap=512), None),
        (SIZES, None),
        (None, None),
    ],
)
def test_only_more_of_what_was_lacking_counts(after: Sizes | None, more: str | None) -> None:
    tags = shortage_tags(FULL, next_sizes=after)
    assert tags[LACKED_TAG] == "executor heap of 1024 MiB"
    assert tags.get(MORE_TAG) == more


def test_fewer_cores_of_executors_are_no_more_for_the_driver() -> None:
    run = replace(FULL, full="driver_heap")
    assert MORE_TAG not in shortage_tags(run, next_sizes=replace(SIZES, executor_cores=1))


@pytest.mark.parametrize("run", [None, replace(FULL, full=None)])
def test_a_run_that_failed_otherwise_lacked_nothing(run: Run | None) -> None:
    assert shortage_tags(run, next_sizes=SIZES) == {LACKED_TAG: "nothing"}
