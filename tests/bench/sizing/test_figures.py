import pytest
from emr_containers.sizing.plan.sizes import Run, Sizes
from emr_containers.sizing.profile import Peaks, Profile

from bench.sizing.figures import Attempt, JobRuns, figures, tight_sizes

MIB = 1 << 20
GUESSED = Sizes(executor_heap=3584, executor_overhead=512, executor_cores=2, driver_heap=1536, driver_overhead=512)
HALF = Sizes(executor_heap=1536, executor_overhead=512, executor_cores=2, driver_heap=768, driver_overhead=256)
PROFILE = Profile(
    driver=Peaks(heap=600 * MIB, jvm_rss=900 * MIB),
    executor=Peaks(heap=1000 * MIB, jvm_rss=3884 * MIB, python_rss=50 * MIB),
)


def attempt(sizes: Sizes, seconds: float, *, lacked: bool = False) -> Attempt:
    full = "executor_heap" if lacked else None
    return Attempt(run=Run(profile=PROFILE, sizes=sizes, full=full, completed=not lacked), seconds=seconds)


def test_memory_is_that_of_the_containers_by_time_and_failed_attempts_count() -> None:
    job = JobRuns(
        default=[attempt(GUESSED, 10), attempt(GUESSED, 10)],
        tight=[attempt(HALF, 5, lacked=True)],
        sized=[[attempt(GUESSED, 10)], [attempt(HALF, 2, lacked=True), attempt(HALF, 12)]],
        best_static_gib=5.0,
    )
    line = figures({"a": job})
    assert line["memory_ratio"] == pytest.approx((10 * 10 + 5 * 14) / (10 * 20))
    assert line["runtime_ratio"] == pytest.approx(24 / 20)
    assert line["cpu_ratio"] == pytest.approx(24 / 20)
    assert (line["oom_static_tight"], line["oom_sized_first_attempts"], line["recovered_share"]) == (1, 1, 1.0)
    assert line["regret"] == pytest.approx(170 / 100)


def test_what_was_not_run_is_unknown() -> None:
    line = figures({"a": JobRuns(default=[attempt(GUESSED, 10)])})
    assert (line["recovered_share"], line["regret"]) == (None, None)


def test_tight_sizes_are_the_peaks_without_a_margin() -> None:
    sizes = tight_sizes(Run(profile=PROFILE, sizes=GUESSED))
    assert (sizes.executor_heap, sizes.executor_overhead) == (1000, 350)
    assert (sizes.driver_heap, sizes.driver_overhead) == (600, 256)
    assert (sizes.executor_cores, sizes.executor_instances) == (2, 2)
