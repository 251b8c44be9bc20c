import pytest
from emr_containers.runtimes.failures.driver_failure import MORE_MEMORY
from emr_containers.sizing.plan.lack import lack_ended_it, lacking_part
from emr_containers.sizing.plan.sizes import Sizes
from emr_containers.sizing.profile import Cause, Executors, Peaks, Profile

SIZES = Sizes(executor_heap=1024, executor_overhead=384, driver_heap=512, driver_overhead=384)
APART = Executors(started=2)
MIB = 1 << 20


@pytest.mark.parametrize(
    ("profile", "part"),
    [
        (Profile(executors=APART, failures={"heap": 1}), "executor_heap"),
        (Profile(executors=APART, failures={"container": 3}), "executor_overhead"),
        (Profile(executors=APART, failures={"python": 1, "other": 5}), "executor_overhead"),
        (Profile(executors=Executors(started=2, lost={"container": 1})), "executor_overhead"),
        (Profile(failures={"heap": 1}), "driver_heap"),
        (Profile(failures={"python": 1}), "driver_overhead"),
        (Profile(executors=APART, failures={"other": 1, "fetch": 2}), None),
        (Profile(), None),
    ],
)
def test_the_part_follows_from_the_cause_and_from_where_tasks_ran(profile: Profile, part: str | None) -> None:
    assert lacking_part(profile, sizes=SIZES, driver_end=None) == part


@pytest.mark.parametrize(("rss", "part"), [(1000, None), (1200, "executor_overhead")])
def test_a_python_worker_that_ended_without_a_word_lacked_memory_only_in_a_full_container(
    rss: int, part: str | None
) -> None:
    peaks = Peaks(jvm_rss=rss * MIB, python_rss=100 * MIB)
    profile = Profile(executors=APART, executor=peaks, failures={"crash": 1})
    assert lacking_part(profile, sizes=SIZES, driver_end=None) == part


@pytest.mark.parametrize(
    ("driver_end", "part"),
    [
        ("OutOfMemoryError: java.lang.OutOfMemoryError: Java heap space", "driver_heap"),
        ("The driver's container was OOMKilled", "driver_overhead"),
        ("The driver exited with status 137", "driver_overhead"),
        (f"Executor 'x-exec-1' ran out of memory (OOMKilled, had 896 MiB): {MORE_MEMORY}.", "executor_overhead"),
        ("ValueError: invalid literal for int()", None),
    ],
)
def test_a_driver_that_failed_says_of_which_part(driver_end: str, part: str | None) -> None:
    assert lacking_part(Profile(executors=APART), sizes=SIZES, driver_end=driver_end) == part


@pytest.mark.parametrize(
    ("driver_end", "failed_by", "ended_it"),
    [
        ("java.lang.OutOfMemoryError: Java heap space", None, True),
        ("The driver exited with status 52 and left no message", None, True),
        ("ValueError: no such table", "heap", True),
        ("The driver exited with status 1", "fetch", True),
        ("ValueError: no such table", "other", False),
        ("ValueError: no such table", None, False),
    ],
)
def test_a_run_that_went_on_after_a_lack_failed_for_another_reason(
    driver_end: str, failed_by: Cause | None, ended_it: bool
) -> None:
    profile = Profile(failures={"heap": 1}, failed_by=failed_by)
    assert lack_ended_it(profile, driver_end=driver_end) is ended_it
