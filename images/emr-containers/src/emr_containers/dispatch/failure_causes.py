"""The cause of a failed attempt, as one of few words for a metric's label. Pure."""

import re
from typing import Literal

from emr_containers.sizing.causes import cause_of

Cause = Literal["out_of_memory", "gang_timeout", "other"]
_GANG = re.compile(r"could not be placed within [0-9]+ s \(Hard\)")
"""See `runtimes.kubernetes.yunikorn.gang_pending_reasons.timed_out_details`."""
_MEMORY = {"container", "heap", "python"}


def failure_cause(details: str) -> Cause:
    """Returns the cause that an outcome's details name."""
    if _GANG.search(details):
        return "gang_timeout"
    return "out_of_memory" if cause_of(details) in _MEMORY else "other"
