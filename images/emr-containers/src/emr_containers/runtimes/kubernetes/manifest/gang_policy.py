"""A job's policy for its gang if there is no room. Pure.

A job sets it in YuniKorn's own annotation, through a Spark property, so that the same job template works on EMR on EKS.
Source: yunikorn-k8shim 1.9, pkg/cache/gang_utils.go, which ignores what it cannot read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.names import GANG_POLICY_ANNOTATION

Style = Literal["Soft", "Hard"]
STYLES: Mapping[str, Style] = {"Soft": "Soft", "Hard": "Hard"}
GANG_POLICY = f"spark.kubernetes.driver.annotation.{GANG_POLICY_ANNOTATION}"
_STYLE, _TIMEOUT = "gangSchedulingStyle", "placeholderTimeoutInSeconds"
_UNSAID = "-"
"""The value that sets nothing; a job template's parameter cannot be empty."""
_SHORTEST_SECONDS = 10
"""The shortest timeout.

YuniKorn 1.9 never starts a Soft gang whose timeout ends before its last placeholder exists: 4 of 35 runs hung with 1 s.
"""


@dataclass(frozen=True, kw_only=True)
class GangPolicy:
    """The policy of a waiting gang. None: its queue's value, or else YuniKorn's own, which is Soft after 900 s."""

    style: Style | None = None
    """Soft: after the timeout the gang starts with the pods that have room. Hard: it fails."""
    timeout: int | None = None
    """Seconds from the first placed pod until YuniKorn gives up waiting for the others."""

    def with_defaults(self, *, style: Style | None, timeout: int | None) -> "GangPolicy":
        """Returns this policy, with the given values for those that it does not set."""
        return GangPolicy(style=self.style or style, timeout=self.timeout or timeout)

    @property
    def annotation(self) -> dict[str, str]:
        """The annotation of an application's first pod; empty if the policy sets nothing."""
        given = {_TIMEOUT: self.timeout, _STYLE: self.style}
        words = [f"{name}={value}" for name, value in given.items() if value is not None]
        return {GANG_POLICY_ANNOTATION: " ".join(words)} if words else {}


def gang_policy(conf: Mapping[str, str]) -> GangPolicy:
    """Returns the policy of a job's Spark properties; raises what `read_policy` raises."""
    return read_policy(conf.get(GANG_POLICY, ""))


def read_policy(text: str) -> GangPolicy:
    """Reads a policy in the annotation's form; the value `-` sets nothing.

    Raises:
        ValidationException: the text does not have that form.
    """
    given: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        known = {_STYLE: value in STYLES, _TIMEOUT: _is_timeout(value)}
        if name not in known or not (known[name] or value == _UNSAID):
            raise ValidationException(
                f"{GANG_POLICY} has {word[:80]!r}: it accepts {_TIMEOUT}=SECONDS, a whole number from "
                f"{_SHORTEST_SECONDS}, and {_STYLE}=Soft or {_STYLE}=Hard, with a space between."
            )
        if value != _UNSAID:
            given[name] = value
    return GangPolicy(
        style=STYLES[given[_STYLE]] if _STYLE in given else None,
        timeout=int(given[_TIMEOUT]) if _TIMEOUT in given else None,
    )


def _is_timeout(value: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,8}", value, re.ASCII) is not None and int(value) >= _SHORTEST_SECONDS
