import pytest
from longshore_cli.sizing.memory_use import Use, use_of, was_too_small

from .described_runs import SIZES, described


def test_a_run_is_given_its_containers_for_the_time_that_they_were_up() -> None:
    use = use_of(described(hours=2.0))
    assert use.memory == pytest.approx(2 * (1 + 2 * 4))
    assert use.used_memory == pytest.approx(2 * (0.25 + 2 * 1.5))
    assert use.wasted_memory == pytest.approx(use.memory - use.used_memory)
    assert (use.cores, use.used_cores) == (8, 4)


def test_a_run_without_executors_is_given_its_driver_alone() -> None:
    use = use_of(described(executors=0))
    assert (use.memory, use.used_memory, use.cores) == (pytest.approx(1), pytest.approx(0.25), 0)


@pytest.mark.parametrize("unknown", ["driver", "executor"])
def test_a_run_without_known_peaks_is_in_no_sum(unknown: str) -> None:
    assert use_of(described(**{unknown: 0.0})) == Use(runs=1, unmeasured=1)  # type: ignore[arg-type]


def test_other_sizes_are_counted_for_the_same_time() -> None:
    assert use_of(described(), SIZES | {"executor_heap": 1536}).memory == pytest.approx(1 + 2 * 2)


def test_sizes_are_too_small_for_a_run_that_used_more_heap() -> None:
    run = described(executor=1.0)
    assert not was_too_small(run, SIZES)
    assert was_too_small(run, SIZES | {"executor_heap": 1000})
    assert not was_too_small(described(executor=1.0, full="executor_heap"), SIZES | {"executor_heap": 1000})
