"""The memory and the cores that a run of a task was given, and what it used of them. Pure.

A run's profile has peaks, so its use is its largest use over its whole time. Heap counts as it was used, garbage
included; beside it count what the JVM has elsewhere, Python and other processes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MIB_IN_GIB, _MS_IN_HOUR, _BYTES_IN_GIB = 1024, 3_600_000, 1 << 30
_BESIDE_HEAP = ("non_heap", "direct", "mapped", "python_rss", "other_rss")


@dataclass(frozen=True, kw_only=True)
class Use:
    """Sums of runs. Memory is in GiB-hours, cores are in core-hours."""

    memory: float = 0.0
    """The memory that was given to runs whose peaks are known."""
    used_memory: float = 0.0
    cores: float = 0.0
    used_cores: float = 0.0
    runs: int = 0
    unmeasured: int = 0
    """The number of runs whose peaks are not known; their memory is in no sum."""

    @property
    def wasted_memory(self) -> float:
        """The memory that was given and not used."""
        return max(self.memory - self.used_memory, 0.0)

    def __add__(self, other: "Use") -> "Use":
        return Use(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


def use_of(run: Mapping[str, Any], sizes: Mapping[str, int] | None = None) -> Use:
    """Returns the use of one run, as the job server describes it.

    Args:
        sizes: other sizes than those that the run was given, for what they would have been.
    """
    given = run["planned"]["sizes"] if sizes is None else sizes
    profile = run["outcome"]["profile"]
    executors = profile["executors"]
    hours = {"driver": max(profile["ended_ms"] - profile["began_ms"], 0), "executor": executors["up_ms"]}
    cores = executors["core_ms"] / _MS_IN_HOUR
    counted = [role for role, ms in hours.items() if ms > 0]
    if not counted or any(profile[role]["heap"] <= 0 for role in counted):
        return Use(runs=1, unmeasured=1)
    return Use(
        memory=sum(given_mib(given, role) / _MIB_IN_GIB * hours[role] / _MS_IN_HOUR for role in counted),
        used_memory=sum(used_bytes(profile, role) / _BYTES_IN_GIB * hours[role] / _MS_IN_HOUR for role in counted),
        cores=cores,
        # Without executors, the driver's cores ran the tasks, and none were given for that.
        used_cores=min(profile["work"]["cpu_ms"] / _MS_IN_HOUR, cores),
        runs=1,
    )


def given_mib(sizes: Mapping[str, int], role: str) -> int:
    """Returns the MiB of a container: that of the driver or of one executor."""
    return sizes[f"{role}_heap"] + sizes[f"{role}_overhead"]


def used_bytes(profile: Mapping[str, Any], role: str) -> int:
    """Returns the largest use of the driver, or of the executor that used most."""
    peaks = profile[role]
    return int(peaks["heap"] + sum(peaks[name] for name in _BESIDE_HEAP))


def was_too_small(run: Mapping[str, Any], sizes: Mapping[str, int]) -> bool:
    """Returns True if a run that completed used more heap than these sizes would have given it.

    It might have gone on with less: a collector that has room leaves garbage in it.
    """
    profile = run["outcome"]["profile"]
    return bool(run["outcome"]["completed"]) and any(
        profile[role]["heap"] > sizes[f"{role}_heap"] << 20 for role in ("driver", "executor")
    )
