"""What becomes of a gang for which there is no room, as a job says it. Pure.

A job says it in the annotation that YuniKorn has for it, by a property of Spark's, so that the same job template does
on EMR on EKS. Source: yunikorn-k8shim 1.9, pkg/cache/gang_utils.go, which passes over what it cannot read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.names import GANG_POLICY_ANNOTATION
from emr_containers.runtimes.kubernetes.queues import STYLES, Style

GANG_POLICY = f"spark.kubernetes.driver.annotation.{GANG_POLICY_ANNOTATION}"
_STYLE, _TIMEOUT = "gangSchedulingStyle", "placeholderTimeoutInSeconds"
_UNSAID = "-"
"""A job template's parameter cannot be empty."""
_SHORTEST_SECONDS = 10
"""YuniKorn 1.9 never starts a Soft gang whose time is over before the last of its placeholders is made: with 1 s, 4 of
35 runs hung."""


@dataclass(frozen=True, kw_only=True)
class GangPolicy:
    """How a gang waits; None: as its queue has it, or else YuniKorn itself, which is Soft after 900 s."""

    style: Style | None = None
    """Soft: in the end it starts with what it has got; Hard: it fails."""
    timeout: int | None = None
    """Seconds from when the first of its pods has room until it is given up."""

    def over(self, *, style: Style | None, timeout: int | None) -> "GangPolicy":
        """This one, and these where it says nothing."""
        return GangPolicy(style=self.style or style, timeout=self.timeout or timeout)

    @property
    def annotation(self) -> dict[str, str]:
        """As YuniKorn reads it from an application's first pod; empty where nothing is said."""
        said = {_TIMEOUT: self.timeout, _STYLE: self.style}
        words = [f"{name}={value}" for name, value in said.items() if value is not None]
        return {GANG_POLICY_ANNOTATION: " ".join(words)} if words else {}


def gang_policy(conf: Mapping[str, str]) -> GangPolicy:
    """What a job's Spark properties say.

    Raises:
        ValidationException: as for `read_policy`.
    """
    return read_policy(conf.get(GANG_POLICY, ""))


def read_policy(text: str) -> GangPolicy:
    """The policy in the annotation's form; a value `-` says nothing.

    Raises:
        ValidationException: it is not of that form.
    """
    said: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        known = {_STYLE: value in STYLES, _TIMEOUT: _is_timeout(value)}
        if name not in known or not (known[name] or value == _UNSAID):
            raise ValidationException(
                f"{GANG_POLICY} has {word[:80]!r}: it takes {_TIMEOUT}=SECONDS, a whole number from "
                f"{_SHORTEST_SECONDS}, and {_STYLE}=Soft or {_STYLE}=Hard, with a space between."
            )
        if value != _UNSAID:
            said[name] = value
    return GangPolicy(
        style=STYLES[said[_STYLE]] if _STYLE in said else None,
        timeout=int(said[_TIMEOUT]) if _TIMEOUT in said else None,
    )


def _is_timeout(value: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,8}", value, re.ASCII) is not None and int(value) >= _SHORTEST_SECONDS
