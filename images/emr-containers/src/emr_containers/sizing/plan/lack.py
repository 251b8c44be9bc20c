"""The part of memory that a run lacked, from its profile and from how its driver ended. Pure.

A heap ends by an exception, since the JVM itself bounds it. So if a container's limit was hit, the rest of the
container was too small: the heap could not have grown beyond its bound.
"""

from emr_containers.sizing.causes import cause_of
from emr_containers.sizing.plan.sizes import Part, Sizes
from emr_containers.sizing.profile import MEMORY_CAUSES, Cause, Peaks, Profile

_ALMOST = 0.8
"""The share of its container from which on a Python worker that ended without a word is taken to have been killed."""
_MIB = 1 << 20


def lacking_part(profile: Profile, *, sizes: Sizes, driver_end: str | None) -> Part | None:
    """Returns the part of memory that was too small; None: no lack of memory is known.

    Also a run that completed may have lacked memory, if Spark could repeat what failed.

    Args:
        sizes: those of the run.
        driver_end: the reason for which the driver failed, such as the job run's `stateDetails`; None: it did not.
    """
    local = profile.executors.started == 0
    role = "driver" if local else "executor"
    for found in (profile.failures, profile.executors.lost):
        if "heap" in found:
            return _part(role, "heap")
        if "container" in found or "python" in found:
            return _part(role, "overhead")
    if "crash" in profile.failures and _is_almost_full(profile, sizes, local=local):
        return _part(role, "overhead")
    if driver_end is not None:
        # The failure of a driver whose executors were killed names the setting to raise.
        return _part("executor" if "spark.executor.memory" in driver_end else "driver", cause_of(driver_end))
    return None


def lack_ended_it(profile: Profile, *, driver_end: str) -> bool:
    """Returns True if a failed run, of which `lacking_part` is known, failed for that lack and not for another reason.

    A run may have lacked memory, gone on, and failed for a missing table.

    Args:
        driver_end: as `lacking_part`'s.
    """
    # A worker that ended without a word and files that are gone are how a lack of memory ends a job.
    by_lack = MEMORY_CAUSES | {"crash", "fetch"}
    return cause_of(driver_end) in by_lack or profile.failed_by in by_lack


def _part(role: str, cause: Cause | str) -> Part | None:
    if cause == "heap":
        return "driver_heap" if role == "driver" else "executor_heap"
    if cause in ("overhead", "container", "python"):
        return "driver_overhead" if role == "driver" else "executor_overhead"
    return None


def _is_almost_full(profile: Profile, sizes: Sizes, *, local: bool) -> bool:
    peaks, limit = (profile.driver, sizes.driver_memory) if local else (profile.executor, sizes.executor_memory)
    return _all_processes(peaks) >= _ALMOST * limit * _MIB


def _all_processes(peaks: Peaks) -> int:
    return peaks.jvm_rss + peaks.python_rss + peaks.other_rss
