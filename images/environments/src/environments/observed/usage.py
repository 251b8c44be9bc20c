"""The resources that an environment has requested over time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from environments.observed.pods import Requested

_HOUR = Decimal(3600)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The exact sum of all requests so far; the status rounds it."""

    cpu_hours: Decimal = field(default_factory=Decimal)
    memory_gib_hours: Decimal = field(default_factory=Decimal)

    def after(self, requested: Requested, *, seconds: float) -> "Usage":
        """Returns the usage after these requests have lasted for some more seconds."""
        hours = Decimal(str(seconds)) / _HOUR
        return Usage(
            cpu_hours=self.cpu_hours + requested.cpu * hours,
            memory_gib_hours=self.memory_gib_hours + requested.memory * hours,
        )

    def shown(self) -> dict[str, float]:
        """Returns the usage as the status shows it."""
        return {
            "cpuHours": float(round(self.cpu_hours, 2)),
            "memoryGibHours": float(round(self.memory_gib_hours, 2)),
        }

    @classmethod
    def read(cls, status: Mapping[str, Any]) -> "Usage":
        """Returns the usage that a status shows."""
        usage = status.get("usage") or {}
        return cls(
            cpu_hours=Decimal(str(usage.get("cpuHours", 0))),
            memory_gib_hours=Decimal(str(usage.get("memoryGibHours", 0))),
        )
