"""The errors of the command line.

CliError                 exit code 2, one line: the thing, the reason, the way out
├── ApiError             the EMR Containers API refuses, or cannot be asked
│   ├── ApiAway          its server does not answer, or answers with a fault of its own: worth asking again
│   └── NoSuchLog        a job run has written no log yet
├── TemplateError        a job template's file is wrong, or the server refuses it
├── JobRunEnded          a job run ended in another way than was asked for (exit code 1)
├── DeployError          a commit cannot be deployed
├── DeployFailed         a commit was deployed, and Airflow cannot use it (exit code 1)
├── AirflowError         Airflow refuses a request
│   └── AirflowAway      it does not answer, or answers with a fault of its own: worth asking again
├── ClusterError         the cluster, an image or a release cannot be made, or does not answer
│   └── ClusterAway      its API server does not answer: worth asking again
└── EmbeddedError        a part of the embedded platform cannot be set up or started
    └── DagRunFailed     the DAG ran and failed (exit code 1)
"""


class CliError(Exception):
    """What the user is told in one line."""

    exit_code = 2


class ApiError(CliError):
    """The EMR Containers API refuses, or cannot be asked."""


class ApiAway(ApiError):  # noqa: N818  a state
    """The API's server does not answer, or answers with a fault of its own: worth asking again."""


class NoSuchLog(ApiError):  # noqa: N818  a state
    """A job run has written no log yet."""


class TemplateError(CliError):
    """A job template's file is wrong, or the server refuses it."""


class JobRunEnded(CliError):  # noqa: N818  what the run did
    """A job run ended in another way than was asked for."""

    exit_code = 1


class DeployError(CliError):
    """A commit cannot be deployed."""


class DeployFailed(CliError):  # noqa: N818  as a DAG run's
    """A commit was deployed, and Airflow cannot use it."""

    exit_code = 1


class AirflowError(CliError):
    """Airflow refuses a request."""


class AirflowAway(AirflowError):  # noqa: N818  a state
    """Airflow does not answer, or answers with a fault of its own: worth asking again."""


class ClusterError(CliError):
    """The cluster, an image or a release cannot be made, or does not answer."""


class ClusterAway(ClusterError):  # noqa: N818  a state
    """The cluster's API server does not answer: worth asking again."""


class EmbeddedError(CliError):
    """A part of the embedded platform cannot be set up or started."""


class DagRunFailed(EmbeddedError):  # noqa: N818  the state's own name
    """The DAG ran and failed."""

    exit_code = 1
