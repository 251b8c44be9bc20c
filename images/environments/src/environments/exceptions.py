"""What can go wrong with an environment.

    EnvironmentsError
    ├── ConfigurationError   the controller cannot start as it is configured
    ├── SpecError            the object asks for what it cannot have: nothing happens until it is changed
    ├── QuotaError           the owner has as many as they may: it is tried again
    ├── TakenError           a name that it needs is another's
    ├── NotYetError          something else has to happen first: it is tried again soon
    ├── KeepError            what is to outlive it cannot be kept, or is kept and cannot be read
    └── ClientError          an outside thing did not do what was asked: it is tried again
        ├── KubernetesError  the API server refused
        ├── HelmError        Helm ended with a failure
        ├── DatabaseError    PostgreSQL refused, or cannot be reached
        ├── StorageError     the object store refused, or cannot be reached
        ├── JobServerError   the EMR Containers API refused, or cannot be reached
        └── AirflowError     an environment's Airflow does not answer

The message is for the owner of the environment, who reads it in the status. It never holds a password.
"""

from typing import ClassVar


class EnvironmentsError(Exception):
    """The base of all; `reason` is what a condition of the status says."""

    reason: ClassVar[str] = "InternalError"


class ConfigurationError(EnvironmentsError):
    """The controller cannot start as it is configured; the message names the setting and the way out."""


class SpecError(EnvironmentsError):
    """The object asks for what it cannot have; trying again changes nothing."""

    reason = "InvalidSpec"


class QuotaError(EnvironmentsError):
    """Its owner has as many environments as they may; another one may go."""

    reason = "QuotaExceeded"


class TakenError(EnvironmentsError):
    """A namespace or database of the name that is needed belongs to somebody else."""

    reason = "NameTaken"


class NotYetError(EnvironmentsError):
    """What has to go or come first is still there, or not there yet."""

    reason = "Waiting"


class KeepError(EnvironmentsError):
    """What is to outlive the environment is too much to be kept; or it is kept, and cannot be read."""

    reason = "NotKept"


class ClientError(EnvironmentsError):
    """Something outside refused, or did not answer."""


class KubernetesError(ClientError):
    """What the API server answered instead: its HTTP status, and its own message."""

    reason = "ApplyFailed"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class HelmError(ClientError):
    """Helm ended with a failure; the message is its own."""

    reason = "ReleaseFailed"


class DatabaseError(ClientError):
    """PostgreSQL refused, or cannot be reached."""

    reason = "DatabaseFailed"


class StorageError(ClientError):
    """The object store refused, or cannot be reached."""

    reason = "StorageFailed"


class JobServerError(ClientError):
    """The EMR Containers API refused, or cannot be reached."""

    reason = "JobServerFailed"


class AirflowError(ClientError):
    """An environment's Airflow does not answer, or not as it should."""

    reason = "AirflowAway"
