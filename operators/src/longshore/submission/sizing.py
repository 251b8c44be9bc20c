"""The wish of a task that its job be sized by its earlier runs, as Spark properties, and the API's answer. Pure.

The names are those of AWS's vertical autoscaling for EMR on EKS: a label and annotations of the driver's pod.
"""

import hashlib
import re
import shlex
from collections.abc import Mapping
from typing import Any

from longshore.submission.attempt import Attempt

AUTO = "auto"
"""The value of `spark_resources` that switches it on."""
_SIZING = "emr-containers.amazonaws.com/dynamic.sizing"
_REASONS = "spark.kubernetes.driver.annotation.longshore.dev/sizing="
_LENGTH = 256  # the server's


def sizing_properties(attempt: Attempt) -> dict[str, str]:
    """Returns the properties with which a job is sized by the earlier runs of its task."""
    return {
        f"spark.kubernetes.driver.label.{_SIZING}": "true",
        f"spark.kubernetes.driver.annotation.{_SIZING}.signature": signature(attempt),
        f"spark.kubernetes.driver.annotation.{_SIZING}.mode": "Initial",
    }


def signature(attempt: Attempt) -> str:
    """Returns the name of the task, the same for each of its runs: `environment/dag/task`, and the index of a mapped
    one. A name that does not fit, or has other characters, is cut and gets a digest."""
    parts = [attempt.environment, attempt.dag_id, attempt.task_id]
    if attempt.map_index >= 0:
        parts.append(str(attempt.map_index))
    # No ID of Airflow's has a slash.
    name = "/".join(parts)
    if re.fullmatch(rf"[A-Za-z0-9_./-]{{1,{_LENGTH}}}", name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_./-]+", "-", name)
    return f"{readable[: _LENGTH - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def sizing_reasons(job_run: Mapping[str, Any]) -> str | None:
    """Returns the sentence that says how a job run was sized; None where the API says nothing of it.

    Args:
        job_run: `DescribeJobRun`'s `jobRun`.
    """
    for driver in (job_run.get("jobDriver") or {}).values():
        for member in ("sparkSubmitParameters", "sparkSqlParameters"):
            try:
                words = shlex.split(driver.get(member) or "")
            except ValueError:
                continue
            for word in words:
                if word.startswith(_REASONS):
                    return word.removeprefix(_REASONS)
    return None
