"""The errors of the controller.

    EnvironmentsError
    ├── ConfigurationError   the controller cannot start with its settings
    ├── SpecError            the object asks for something invalid; nothing happens until it is changed
    ├── QuotaError           the owner has reached their limit of environments; retried
    ├── TakenError           a required name belongs to another object
    ├── NotYetError          something else has to happen first; retried soon
    ├── RetentionError       rows that outlive the environment cannot be saved or read
    └── ClientError          an outside system failed; retried
        ├── KubernetesError  the API server refused
        ├── HelmError        Helm failed
        ├── DatabaseError    PostgreSQL refused, or is unreachable
        ├── StorageError     the object store refused, or is unreachable
        ├── JobServerError   the EMR Containers API refused, or is unreachable
        └── AirflowError     an environment's Airflow does not answer

The owner of the environment reads the message in the status. A message never holds a password.
"""

from typing import ClassVar


class EnvironmentsError(Exception):
    """Base of all errors; `reason` becomes the reason of a condition in the status."""

    reason: ClassVar[str] = "InternalError"


class ConfigurationError(EnvironmentsError):
    """The controller cannot start with its settings; the message names the setting and the way out."""


class SpecError(EnvironmentsError):
    """The object asks for something invalid; a retry changes nothing."""

    reason = "InvalidSpec"


class QuotaError(EnvironmentsError):
    """The owner has reached their limit of environments; one of them may be deleted."""

    reason = "QuotaExceeded"


class TakenError(EnvironmentsError):
    """A namespace, database or role of the required name belongs to another object."""

    reason = "NameTaken"


class NotYetError(EnvironmentsError):
    """Something has to be created or removed first."""

    reason = "Waiting"


class RetentionError(EnvironmentsError):
    """The rows that outlive the environment are too large to save, or their Secret cannot be read."""

    reason = "NotKept"


class ClientError(EnvironmentsError):
    """An outside system refused, or did not answer."""


class KubernetesError(ClientError):
    """The API server answered with this HTTP status and message; a status of 0 means no answer."""

    reason = "ApplyFailed"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class HelmError(ClientError):
    """Helm failed; the message is Helm's own."""

    reason = "ReleaseFailed"


class DatabaseError(ClientError):
    """PostgreSQL refused, or is unreachable."""

    reason = "DatabaseFailed"


class StorageError(ClientError):
    """The object store refused, or is unreachable."""

    reason = "StorageFailed"


class JobServerError(ClientError):
    """The EMR Containers API refused, or is unreachable."""

    reason = "JobServerFailed"


class AirflowError(ClientError):
    """An environment's Airflow does not answer, or answers in an unexpected form."""

    reason = "AirflowAway"
