"""Runs for the tests of plans: those of an imagined job whose needs are known, and any numbers at all."""

from dataclasses import replace

from emr_containers.sizing.plan.sizes import Run, Sizes
from emr_containers.sizing.profile import Executors, Peaks, Profile, Work
from hypothesis import strategies as st

MIB = 1 << 20
GUESSED = Sizes(
    executor_heap=4096,
    executor_overhead=410,
    executor_cores=2,
    executor_instances=2,
    driver_heap=2048,
    driver_overhead=820,
)


def imagined_run(
    sizes: Sizes, *, live: float = 700, native: float = 220, python: float = 0, size: int = 1 << 30
) -> Run:
    """A run of a job that needs these MiB in each executor; with less heap than `live` it is full.

    The collector leaves garbage until the heap has three times what lives, or no more room.
    """
    used = min(3 * live, 0.95 * sizes.executor_heap)
    full = "executor_heap" if live > sizes.executor_heap else None
    if native + python + 100 > sizes.executor_overhead:
        full = full or "executor_overhead"
    tight = live / max(sizes.executor_heap, 1)
    run_ms = 60_000
    return Run(
        sizes=sizes,
        full=full,
        completed=full is None,
        profile=Profile(
            began_ms=0,
            ended_ms=20_000,
            complete=full is None,
            executor=Peaks(
                heap=int(used * MIB),
                unified=int(live / 2 * MIB),
                non_heap=int((native - 20) * MIB),
                direct=20 * MIB,
                jvm_rss=int((sizes.executor_heap * 0.9 + native) * MIB),
                python_rss=int(python * MIB),
            ),
            driver=Peaks(heap=500 * MIB, unified=20 * MIB, non_heap=150 * MIB, jvm_rss=900 * MIB, gc_ms=200),
            work=Work(
                tasks=40, run_ms=run_ms, gc_ms=int(run_ms * 0.02 / max(1.05 - tight, 0.05) / 4), input_bytes=size
            ),
            executors=Executors(started=2, most=2, cores=2, up_ms=40_000, core_ms=80_000),
            most_tasks=sizes.executor_cores * sizes.executor_instances,
        ),
    )


def grown(run: Run, factor: float) -> Run:
    """The same run with all peaks larger by a factor."""

    def larger(peaks: Peaks) -> Peaks:
        names = ("heap", "unified", "non_heap", "direct", "mapped", "jvm_rss", "python_rss", "other_rss")
        return replace(peaks, **{name: int(getattr(peaks, name) * factor) for name in names})

    profile = replace(run.profile, executor=larger(run.profile.executor), driver=larger(run.profile.driver))
    return replace(run, profile=profile)


_WILD = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 10) | st.integers(0, 64 << 30)
_PEAKS = st.builds(Peaks, **dict.fromkeys(Peaks.__dataclass_fields__, _WILD))
_WORK = st.builds(Work, **dict.fromkeys(Work.__dataclass_fields__, _WILD))
_COUNTS = {name: _WILD for name in Executors.__dataclass_fields__ if name != "lost"}
WILD_SIZES = st.builds(Sizes, **dict.fromkeys(Sizes.__dataclass_fields__, st.integers(-10, 1 << 24)))
WILD_RUNS = st.builds(
    Run,
    profile=st.builds(
        Profile,
        began_ms=_WILD,
        ended_ms=_WILD,
        most_tasks=_WILD,
        driver=_PEAKS,
        executor=_PEAKS,
        work=_WORK,
        executors=st.builds(Executors, **_COUNTS),
    ),
    sizes=WILD_SIZES,
    full=st.sampled_from([None, "executor_heap", "executor_overhead", "driver_heap", "driver_overhead"]),
    completed=st.booleans(),
)
"""Runs of a damaged log: any numbers."""
