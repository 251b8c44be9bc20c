"""From the runs of the benchmark to its line. Pure.

Memory counts as what the containers were given, by the time of the run; failed attempts count, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emr_containers.sizing.plan.needs import need_of
from emr_containers.sizing.plan.sizes import Run, Sizes

_PEAK_FACTOR = 1.2
_LEAST_HEAP = 512
_MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run."""

    run: Run
    seconds: float

    @property
    def gib_seconds(self) -> float:
        """The memory that it was given, by its time."""
        return gib(self.run.sizes) * self.seconds

    @property
    def core_seconds(self) -> float:
        """The executors' cores that it was given, by its time."""
        return self.run.sizes.executor_cores * self.run.sizes.executor_instances * self.seconds

    @property
    def lacked(self) -> bool:
        """True if it failed for a lack of memory."""
        return not self.run.completed and self.run.full is not None


@dataclass(frozen=True, kw_only=True)
class JobRuns:
    """The runs of one job, by round."""

    default: Sequence[Attempt]
    tight: Sequence[Attempt] = ()
    """Those with the first round's peaks, from the second round on."""
    sized: Sequence[Sequence[Attempt]] = ()
    """The attempts of each round."""
    best_static_gib: float | None = None
    """The least memory of one size for all rounds, found by search; None: it was not searched for."""


def figures(jobs: Mapping[str, JobRuns]) -> dict[str, float | int | None]:
    """Returns the benchmark's figures; None for what was not run."""
    default = [attempt for job in jobs.values() for attempt in job.default]
    rounds = [attempts for job in jobs.values() for attempts in job.sized]
    sized = [attempt for attempts in rounds for attempt in attempts]
    first_failed = [attempts for attempts in rounds if attempts[0].lacked]
    recovered = [attempts for attempts in first_failed if attempts[-1].run.completed]
    searched = {name: job for name, job in jobs.items() if job.best_static_gib is not None and job.sized}
    return {
        "jobs": len(jobs),
        "memory_ratio": _ratio(sum(each.gib_seconds for each in sized), sum(each.gib_seconds for each in default)),
        "cpu_ratio": _ratio(sum(each.core_seconds for each in sized), sum(each.core_seconds for each in default)),
        "runtime_ratio": _ratio(sum(each.seconds for each in sized), sum(each.seconds for each in default)),
        "oom_static_tight": sum(each.lacked for job in jobs.values() for each in job.tight),
        "oom_sized_first_attempts": len(first_failed),
        "recovered_share": _ratio(len(recovered), len(first_failed)),
        "memory_ratio_peak_1_2": _ratio(
            sum(_peak_gib_seconds(job) for job in jobs.values()), sum(each.gib_seconds for each in default)
        ),
        "oom_peak_1_2": sum(_peak_failures(job) for job in jobs.values()),
        "regret": _ratio(
            sum(each.gib_seconds for job in searched.values() for attempts in job.sized for each in attempts),
            sum((job.best_static_gib or 0) * each.seconds for job in searched.values() for each in job.default),
        ),
    }


def gib(sizes: Sizes) -> float:
    """Returns the memory of all containers of these sizes."""
    return (sizes.driver_memory + sizes.executor_instances * sizes.executor_memory) / 1024


def tight_sizes(run: Run) -> Sizes:
    """Returns the sizes that a run used at most, without a margin: the guess of a team that looks at its peaks once."""
    driver, executor = run.profile.driver, run.profile.executor
    given = run.sizes
    return Sizes(
        executor_heap=max(executor.heap // _MIB, _LEAST_HEAP),
        executor_overhead=max(_beside(executor.jvm_rss, given.executor_heap, executor.python_rss), 1),
        executor_cores=given.executor_cores,
        executor_instances=given.executor_instances,
        driver_heap=max(driver.heap // _MIB, _LEAST_HEAP),
        driver_overhead=max(_beside(driver.jvm_rss, given.driver_heap, driver.python_rss), 1),
    )


def _beside(rss: int, heap_mib: int, python: int) -> int:
    # Pages of the heap that were never touched are in no process.
    return max(rss // _MIB - heap_mib, 256) + python // _MIB


def _peak_gib_seconds(job: JobRuns) -> float:
    """Returns the memory of the rule "1.2 times the peak of the run before", replayed with the default's times."""
    total = job.default[0].gib_seconds if job.default else 0.0
    for before, now in zip(job.default, job.default[1:], strict=False):
        total += gib(tight_sizes(before.run)) * _PEAK_FACTOR * now.seconds
    return total


def _peak_failures(job: JobRuns) -> int:
    return sum(
        _needed(now.run) > tight_sizes(before.run).executor_heap * _PEAK_FACTOR
        for before, now in zip(job.default, job.default[1:], strict=False)
    )


def _needed(run: Run) -> float:
    need = need_of(run.profile.executor, given_heap=run.sizes.executor_heap, gc_share=run.profile.work.gc_share)
    return 0.0 if need is None else need.heap


def _ratio(value: float, of: float) -> float | None:
    return round(value / of, 3) if of else None
