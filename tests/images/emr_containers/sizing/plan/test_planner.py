from dataclasses import replace

import pytest
from emr_containers.sizing.plan.planner import plan_sizes
from emr_containers.sizing.plan.sizes import Bounds, Range, Run, Sizes
from emr_containers.sizing.profile import Executors, Profile, Work
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.sizing.plan.histories import GUESSED, MIB, WILD_RUNS, WILD_SIZES, grown, imagined_run

NARROW = Bounds(
    executor_memory=Range(least=1000, most=5000),
    executor_instances=Range(least=1, most=4),
    driver_memory=Range(least=900, most=3000),
)


def after(*, rounds: int, history: tuple[Run, ...] = (), **needs: float) -> list[Run]:
    """The runs of an imagined job, each with the sizes that the plan gives it; the first one is guessed."""
    runs = [*history]
    for _ in range(rounds):
        runs.append(imagined_run(plan_sizes(runs, defaults=GUESSED).sizes, **needs))
    return runs


def test_the_first_run_has_the_templates_sizes() -> None:
    plan = plan_sizes([], defaults=GUESSED)
    assert plan.sizes == GUESSED
    assert plan.reasons == ("no earlier run: the template's sizes",)


def test_sizes_shrink_to_what_is_used_without_a_run_that_lacks_memory_and_stay_there() -> None:
    runs = after(rounds=8)
    assert [run.full for run in runs] == [None] * 8
    last = runs[-1].sizes
    assert 700 < last.executor_heap < 0.5 * GUESSED.executor_heap
    assert last.driver_memory < 0.6 * GUESSED.driver_memory
    assert [run.sizes for run in runs[-3:]] == [last] * 3


@pytest.mark.parametrize("part", ["executor_heap", "executor_overhead"])
def test_a_run_that_lacks_memory_is_followed_by_one_with_more_of_that_part(part: str) -> None:
    small = replace(GUESSED, executor_heap=1024, executor_overhead=384)
    needs = {"live": 1300.0} if part == "executor_heap" else {"live": 500.0, "python": 500.0}
    first = imagined_run(small, **needs)
    assert first.full == part
    runs = after(rounds=3, history=(first,), **needs)
    assert runs[-1].full is None
    assert getattr(runs[1].sizes, part) >= 1.5 * getattr(small, part)
    # It is remembered: no later plan goes back below what was too little.
    later = after(rounds=6, history=(*runs,), **needs)[1:]
    assert all(getattr(run.sizes, part) > getattr(small, part) for run in later)


def test_a_job_that_failed_for_another_reason_gets_no_more() -> None:
    run = imagined_run(GUESSED)
    failed = replace(run, completed=False)
    assert plan_sizes([run, failed], defaults=GUESSED).sizes == plan_sizes([run, run], defaults=GUESSED).sizes


def test_a_run_that_failed_early_is_no_reason_for_less() -> None:
    early = replace(imagined_run(GUESSED, live=10), completed=False)
    assert plan_sizes([early], defaults=GUESSED).sizes == GUESSED


def test_the_run_after_one_that_lacked_memory_has_nothing_less() -> None:
    lacked = imagined_run(GUESSED, live=200, python=500)
    assert lacked.full == "executor_overhead"
    sizes = plan_sizes([imagined_run(GUESSED, live=200), lacked], defaults=GUESSED).sizes
    assert sizes.executor_overhead > GUESSED.executor_overhead
    assert (sizes.executor_heap, sizes.driver_memory) == (GUESSED.executor_heap, GUESSED.driver_memory)


def test_fewer_tasks_share_the_memory_that_cannot_grow() -> None:
    sizes = replace(GUESSED, executor_heap=4500, executor_overhead=500)
    full = replace(imagined_run(sizes), full="executor_heap", completed=False)
    plan = plan_sizes([full], defaults=GUESSED, bounds=NARROW)
    assert (plan.sizes.executor_memory, plan.sizes.executor_cores) == (5000, 1)
    assert any("fewer tasks" in reason for reason in plan.reasons)


def test_a_growing_input_is_expected_to_grow_on() -> None:
    sizes = replace(GUESSED, executor_heap=3000)
    history = [imagined_run(sizes, live=400 * n, size=n << 30) for n in (1, 2, 3)]
    steady = [imagined_run(sizes, live=1200, size=3 << 30)] * 3
    assert (
        plan_sizes(history, defaults=GUESSED).sizes.executor_heap
        > plan_sizes(steady, defaults=GUESSED).sizes.executor_heap
    )
    known = plan_sizes(history, defaults=GUESSED, input_bytes=1 << 30).sizes.executor_heap
    assert known < plan_sizes(history, defaults=GUESSED).sizes.executor_heap


def test_executors_that_never_had_a_task_are_left_out() -> None:
    run = imagined_run(replace(GUESSED, executor_instances=6))
    idle = replace(run, profile=replace(run.profile, most_tasks=3))
    plan = plan_sizes([idle], defaults=GUESSED)
    assert plan.sizes.executor_instances == 2
    assert "executors 6 to 2: never more than that had a task at the same time" in plan.reasons


def test_executors_come_back_when_all_are_busy_with_a_larger_input() -> None:
    shrunk = imagined_run(replace(GUESSED, executor_instances=1), size=9 << 30)
    idle = imagined_run(GUESSED, size=1 << 30)
    idle = replace(idle, profile=replace(idle.profile, most_tasks=1))
    assert plan_sizes([idle, shrunk], defaults=GUESSED).sizes.executor_instances == 2


def test_a_smaller_heap_that_did_worse_is_rolled_back() -> None:
    def run(heap: int, *, run_ms: int, gc_ms: int) -> Run:
        ran = imagined_run(replace(GUESSED, executor_heap=heap), live=300)
        return replace(ran, profile=replace(ran.profile, work=replace(ran.profile.work, run_ms=run_ms, gc_ms=gc_ms)))

    history = [run(4096, run_ms=60_000, gc_ms=600), run(2048, run_ms=60_000, gc_ms=900)]
    worse = [*history, run(1024, run_ms=90_000, gc_ms=9000)]
    assert plan_sizes(worse, defaults=GUESSED).sizes.executor_heap >= 2048
    slower_disks = [*history, run(1024, run_ms=90_000, gc_ms=900)]
    assert plan_sizes(slower_disks, defaults=GUESSED).sizes.executor_heap < 2048


def test_a_run_whose_log_says_nothing_of_memory_changes_nothing() -> None:
    empty = Run(profile=Profile(work=Work(tasks=1)), sizes=GUESSED)
    assert plan_sizes([empty], defaults=GUESSED) == plan_sizes([empty, empty], defaults=GUESSED)
    assert plan_sizes([empty], defaults=GUESSED).sizes == GUESSED


def test_executors_too_short_for_a_heartbeat_are_sized_by_their_largest_task() -> None:
    run = imagined_run(GUESSED)
    unseen = replace(run, profile=replace(run.profile, executor=Profile().executor))
    runs = [unseen] * 3
    for _ in range(4):
        sizes = plan_sizes(runs, defaults=GUESSED).sizes
        runs.append(replace(unseen, sizes=sizes))
    assert 512 <= sizes.executor_heap < 1024
    assert sizes.executor_overhead == GUESSED.executor_overhead
    long = replace(unseen.profile, work=replace(unseen.profile.work, longest_ms=60_000))
    assert plan_sizes([replace(unseen, profile=long)], defaults=GUESSED).sizes.executor_heap == GUESSED.executor_heap


def test_given_sizes_win_and_a_wrong_name_is_refused() -> None:
    runs = after(rounds=3)
    fixed = plan_sizes(runs, defaults=GUESSED, fixed={"executor_heap": 7777}).sizes
    assert fixed == replace(plan_sizes(runs, defaults=GUESSED).sizes, executor_heap=7777)
    with pytest.raises(ValueError, match="'executor_memory' is no size; the sizes are driver_heap, "):
        plan_sizes(runs, defaults=GUESSED, fixed={"executor_memory": 1})


def test_spilled_data_keep_the_heap_that_there_was() -> None:
    run = imagined_run(GUESSED, live=300)
    work = replace(run.profile.work, spilled_disk_bytes=MIB)
    spilled = replace(run, profile=replace(run.profile, work=work))
    assert plan_sizes([spilled], defaults=GUESSED).sizes.executor_heap >= GUESSED.executor_heap


@given(st.lists(WILD_RUNS, max_size=5), WILD_SIZES)
def test_any_history_gives_sizes_within_the_bounds(history: list[Run], defaults: Sizes) -> None:
    sizes = plan_sizes(history, defaults=defaults, bounds=NARROW).sizes
    assert 1000 <= sizes.executor_memory <= 5000
    assert 900 <= sizes.driver_memory <= 3000
    assert 1 <= sizes.executor_instances <= 4
    assert min(sizes.executor_heap, sizes.executor_overhead, sizes.driver_heap, sizes.driver_overhead) >= 1
    assert sizes.executor_cores >= 1


@given(st.lists(WILD_RUNS, max_size=5))
def test_the_same_history_gives_the_same_plan(history: list[Run]) -> None:
    assert plan_sizes(history, defaults=GUESSED) == plan_sizes([*history], defaults=GUESSED)


IMAGINED = st.builds(
    imagined_run,
    st.builds(
        lambda heap, overhead: replace(GUESSED, executor_heap=heap, executor_overhead=overhead),
        st.integers(512, 8192),
        st.integers(256, 4096),
    ),
    live=st.floats(1, 6000),
    native=st.floats(50, 2000),
    python=st.floats(0, 2000),
    size=st.integers(0, 1 << 40),
)


@given(st.lists(IMAGINED, min_size=1, max_size=5), st.floats(1, 10))
def test_larger_peaks_never_give_less(history: list[Run], factor: float) -> None:
    wide = Bounds(executor_memory=Range(least=600, most=10**7), driver_memory=Range(least=600, most=10**7))
    before = plan_sizes(history, defaults=GUESSED, bounds=wide).sizes
    later = plan_sizes([grown(run, factor) for run in history], defaults=GUESSED, bounds=wide).sizes
    for part in ("executor_heap", "executor_overhead", "driver_heap", "driver_overhead"):
        assert getattr(later, part) >= getattr(before, part)


@given(st.lists(IMAGINED, min_size=1, max_size=5), st.integers(0, 4), st.floats(1, 10))
def test_one_run_with_larger_peaks_never_gives_less_where_inputs_are_equal(
    history: list[Run], which: int, factor: float
) -> None:
    same = [
        replace(run, profile=replace(run.profile, work=replace(run.profile.work, input_bytes=7))) for run in history
    ]
    raised = [grown(run, factor) if at == which % len(same) else run for at, run in enumerate(same)]
    before, later = (plan_sizes(runs, defaults=GUESSED).sizes for runs in (same, raised))
    assert later.executor_memory >= before.executor_memory
    assert later.driver_memory >= before.driver_memory


def test_in_local_mode_the_driver_is_sized_by_the_tasks() -> None:
    run = imagined_run(GUESSED)
    local = replace(
        run,
        profile=replace(
            run.profile,
            driver=run.profile.executor,
            executor=Profile().executor,
            executors=Executors(),
            work=replace(run.profile.work, gc_ms=run.profile.work.run_ms // 2),
        ),
    )
    plan = plan_sizes([local], defaults=GUESSED)
    assert plan.sizes.driver_heap > GUESSED.driver_heap  # half of the time was the collector's
    assert plan.sizes.executor_heap == GUESSED.executor_heap


def test_sizes_are_given_to_spark_as_its_properties() -> None:
    assert GUESSED.properties() == {
        "spark.driver.memory": "2048m",
        "spark.driver.memoryOverhead": "820m",
        "spark.executor.cores": "2",
        "spark.executor.instances": "2",
        "spark.executor.memory": "4096m",
        "spark.executor.memoryOverhead": "410m",
    }
