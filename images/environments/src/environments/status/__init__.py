"""The status of an environment and the events about it, computed from what was observed. Pure."""

from environments.status.fields import refused, removing, status

__all__ = ["refused", "removing", "status"]
