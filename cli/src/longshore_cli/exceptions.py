"""The errors of the command line.

CliError                 exit code 2, one line: the thing, the reason, the way out
├── ApiError             the EMR Containers API refuses a request, or cannot be reached
│   ├── ApiUnavailableError          its server does not answer, or fails by itself: worth a retry
│   └── LogNotFoundError        a job run has written no log yet
├── TemplateError        a job template's file is wrong, or the server refuses it
├── JobRunEndedError          a job run did not end as the command wanted (exit code 1)
├── DeployError          a commit cannot be deployed
├── DeployFailedError         a commit was deployed, and Airflow cannot use it (exit code 1)
├── AirflowError         Airflow refuses a request
│   └── AirflowUnavailableError      Airflow does not answer, or fails by itself: worth a retry
├── ProblemsFoundError   `longshore doctor` has found something wrong (exit code 1)
├── ClusterError         the cluster, an image or a release cannot be made, or does not answer
│   └── ClusterUnavailableError      its API server does not answer: worth a retry
└── EmbeddedError        a part of the embedded platform cannot be set up or started
    └── DagRunFailedError     the DAG ran and failed (exit code 1)
"""


class CliError(Exception):
    """An error that the user is told in one line."""

    exit_code = 2


class ApiError(CliError):
    """The EMR Containers API refuses a request, or cannot be reached."""


class ApiUnavailableError(ApiError):
    """The API's server does not answer, or fails by itself: worth a retry."""


class LogNotFoundError(ApiError):
    """A job run has written no log yet."""


class TemplateError(CliError):
    """A job template's file is wrong, or the server refuses it."""


class JobRunEndedError(CliError):
    """A job run did not end as the command wanted."""

    exit_code = 1


class DeployError(CliError):
    """A commit cannot be deployed."""


class DeployFailedError(CliError):
    """A commit was deployed, and Airflow cannot use it."""

    exit_code = 1


class AirflowError(CliError):
    """Airflow refuses a request."""


class AirflowUnavailableError(AirflowError):
    """Airflow does not answer, or fails by itself: worth a retry."""


class ProblemsFoundError(CliError):
    """`longshore doctor` has found something wrong."""

    exit_code = 1


class ClusterError(CliError):
    """The cluster, an image or a release cannot be made, or does not answer."""


class ClusterUnavailableError(ClusterError):
    """The cluster's API server does not answer: worth a retry."""


class EmbeddedError(CliError):
    """A part of the embedded platform cannot be set up or started."""


class DagRunFailedError(EmbeddedError):
    """The DAG ran and failed."""

    exit_code = 1
