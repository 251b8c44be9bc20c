"""The errors of the command line.

CliError                 exit code 2, one line: the thing, the reason, the way out
├── TemplateError        a job template's file is wrong, or the server refuses it
└── EmbeddedError        a part of the embedded platform cannot be set up or started
    ├── AirflowAway      Airflow does not answer, or answers with a fault of its own: worth asking again
    └── DagRunFailed     the DAG ran and failed (exit code 1)
"""


class CliError(Exception):
    """What the user is told in one line."""

    exit_code = 2


class TemplateError(CliError):
    """A job template's file is wrong, or the server refuses it."""


class EmbeddedError(CliError):
    """A part of the embedded platform cannot be set up or started."""


class AirflowAway(EmbeddedError):  # noqa: N818  a state
    """Airflow does not answer, or answers with a fault of its own: worth asking again."""


class DagRunFailed(EmbeddedError):  # noqa: N818  the state's own name
    """The DAG ran and failed."""

    exit_code = 1
