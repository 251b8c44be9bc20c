"""The job run that this process belongs to."""

import os


def job_run_id() -> str | None:
    """Returns the ID of the job run; None outside of one."""
    return os.environ.get("LONGSHORE_JOB_RUN")
