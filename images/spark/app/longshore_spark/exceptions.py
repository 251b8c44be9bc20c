"""The errors of a transfer.

TransferError
├── ArgumentError             the arguments contradict each other, or one is not of its form
├── EngineError               the engine without Spark cannot do the transfer
├── ConnectionSettingsError   a connection is not known to this job, or the database cannot be reached with it
├── SourceError               the source is missing, or cannot be read
├── SinkError                 the target cannot be written as the transfer asks
└── TablesError               some of many tables were not transferred; the others were
"""


class TransferError(Exception):
    """A transfer cannot be done. The message names the thing, the reason and the way out, and holds no secret."""


class ArgumentError(TransferError):
    """The arguments contradict each other, or one is not of its form."""


class EngineError(TransferError):
    """The engine without Spark cannot do the transfer. The message is the reason alone; Spark can do it."""


class ConnectionSettingsError(TransferError):
    """A connection is not known to this job, or the database cannot be reached with it."""


class SourceError(TransferError):
    """The source is missing, or cannot be read."""


class SinkError(TransferError):
    """The target cannot be written as the transfer asks."""


class TablesError(TransferError):
    """Some of many tables were not transferred; the others were."""
