"""The error of a reader of event logs."""


class EventLogError(Exception):
    """An event log, or the rest of it, cannot be read."""
