"""The memory that a failed job run lacked, as tags of the job run. Pure.

DescribeJobRun has no other member for it that a client of AWS's reads. A client that waits for these tags starts the
job again only where that gives it more of what it lacked.
"""

from emr_containers.sizing.plan.sizes import Run, Sizes

LACKED_TAG = "longshore.dev/lacked-memory"
"""The key for the part that was too small, or `NOTHING`. A failed job run has it once its event log was read."""
MORE_TAG = "longshore.dev/more-memory"
"""The key for the size that would change in the next run. Without it, the next run would get no more."""
NOTHING = "nothing"


def shortage_tags(run: Run | None, *, next_sizes: Sizes | None) -> dict[str, str]:
    """Returns the tags of a failed job run.

    Args:
        run: what is known of it; None: nothing.
        next_sizes: the sizes that the next run would get; None: the plan is only reported.
    """
    if run is None or run.full is None:
        return {LACKED_TAG: NOTHING}
    lacked = {LACKED_TAG: f"{_words(run.full)} of {getattr(run.sizes, run.full)} MiB"}
    more = None if next_sizes is None else _more(run, next_sizes)
    return lacked if more is None else {**lacked, MORE_TAG: more}


def _more(run: Run, after: Sizes) -> str | None:
    had, gets = (getattr(sizes, str(run.full)) for sizes in (run.sizes, after))
    if gets > had:
        return f"{_words(str(run.full))} {had} to {gets} MiB"
    # At the bound of the memory, fewer tasks share it.
    if str(run.full).startswith("executor_") and after.executor_cores < run.sizes.executor_cores:
        return f"executor cores {run.sizes.executor_cores} to {after.executor_cores}"
    return None


def _words(name: str) -> str:
    return name.replace("_", " ")
