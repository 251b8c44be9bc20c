"""The errors of the provider.

    AirflowException
    └── LongshoreError
        ├── InvalidArgumentError        an operator's argument is wrong (the task is not retried)
        ├── ConnectionSettingsError     the Airflow connection lacks something, or does not exist
        ├── ArtifactError               an object could not be written to the artifact location
        ├── TemplateNotFoundError       no job template has this name
        ├── ApiError                    the EMR Containers API did not do what was asked
        │   ├── ApiUnavailableError     unreachable, overloaded or throttling: worth asking again
        │   ├── ApiAccessError          signature, key or right refused
        │   ├── ApiNotFoundError        the thing that the request names does not exist
        │   └── ApiRequestError         any other refusal
        ├── LeftoverJobRunError         a job run of an earlier try may still run, so this try starts none
        └── JobRunError                 a job run did not complete
            ├── JobRunFailedError       it failed
            │   └── JobRunInvalidError  it failed as VALIDATION_ERROR (the task is not retried)
            ├── JobRunCancelledError    it was cancelled
            ├── JobRunLostError         the API no longer knows it; it was asked to cancel
            └── JobRunUnwatchedError    the API could not be asked for too long; it may still run

Two of them are also Airflow's `AirflowFailException`: a second try with the same arguments ends the same way.
"""

from airflow.sdk.exceptions import AirflowException, AirflowFailException


class LongshoreError(AirflowException):
    """Base of all errors of the provider."""


class InvalidArgumentError(LongshoreError, AirflowFailException):
    """An operator's argument is wrong once its templates are rendered."""


class ConnectionSettingsError(LongshoreError):
    """The Airflow connection does not exist, or its extra lacks a key that is needed."""


class ArtifactError(LongshoreError):
    """An object could not be written to the artifact location."""


class TemplateNotFoundError(LongshoreError):
    """No job template has the name that the operator gives."""


class ApiError(LongshoreError):
    """The EMR Containers API did not do what was asked."""


class ApiUnavailableError(ApiError):
    """The API is unreachable, overloaded or throttling: worth asking again."""


class ApiAccessError(ApiError):
    """The API refused the key, the signature or the right to do this."""


class ApiNotFoundError(ApiError):
    """The thing that the request names does not exist."""


class ApiRequestError(ApiError):
    """The API refused the request for any other reason."""


class LeftoverJobRunError(LongshoreError):
    """A job run of an earlier try may still run, and could not be ended: this try starts none beside it."""


class JobRunError(LongshoreError):
    """A job run did not complete."""


class JobRunFailedError(JobRunError):
    """The job run ended as FAILED."""


class JobRunInvalidError(JobRunFailedError, AirflowFailException):
    """The job run ended as FAILED with VALIDATION_ERROR: what was asked for cannot run."""


class JobRunCancelledError(JobRunError):
    """The job run ended as CANCELLED."""


class JobRunLostError(JobRunError):
    """The API no longer knows the job run."""


class JobRunUnwatchedError(JobRunError):
    """The API could not be asked for the job run within `api_patience`. It was not cancelled, and may still run."""
