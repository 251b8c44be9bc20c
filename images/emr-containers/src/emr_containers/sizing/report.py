"""A plan as words and properties: what a job run is given, and the sentence that says why. Pure."""

from collections.abc import Collection
from dataclasses import fields

from emr_containers.sizing.plan.sizes import Plan, Sizes

REASONS = "spark.kubernetes.driver.annotation.longshore.dev/sizing"
"""The property in which a job run says how it was sized: an annotation of the driver's pod, where there is one."""
FIELDS = dict(zip(Sizes().properties(), (each.name for each in fields(Sizes)), strict=True))
"""The sizes by the names of their Spark properties."""
_TOGETHER = (
    ("spark.executor.memory", "spark.executor.memoryOverhead"),
    ("spark.driver.memory", "spark.driver.memoryOverhead"),
    ("spark.executor.cores",),
    ("spark.executor.instances",),
)
"""Spark derives an overhead from its heap, so both are given where one changes."""


def changed_properties(plan: Sizes, *, defaults: Sizes, fixed: Collection[str]) -> dict[str, str]:
    """Returns the Spark properties by which a plan differs from what the job has anyway.

    Args:
        fixed: the names of sizes (fields of `Sizes`) that are not the plan's to give.
    """
    wanted, had = plan.properties(), defaults.properties()
    return {
        name: wanted[name]
        for group in _TOGETHER
        if any(wanted[name] != had[name] for name in group)
        for name in group
        if FIELDS[name] not in fixed
    }


def sentence(plan: Plan, *, runs: int, applied: bool) -> str:
    """Returns one line that says what was planned and why.

    Args:
        runs: the number of earlier runs that the plan knows.
        applied: False if the plan is only reported.
    """
    sizes = plan.sizes
    planned = (
        f"driver {sizes.driver_heap}+{sizes.driver_overhead} MiB, {sizes.executor_instances} executor(s) of "
        f"{sizes.executor_heap}+{sizes.executor_overhead} MiB"
    )
    verb = "Sized" if applied else "Only reported, and not applied: would be sized"
    reasons = "; ".join(plan.reasons) or "the sizes of the run before stay"
    return f"{verb} by {runs} earlier run(s): {planned} (heap+overhead). {reasons}."
