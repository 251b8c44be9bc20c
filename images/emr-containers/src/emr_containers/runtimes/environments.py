"""The variables that tell a job's processes their job run and their environment. Pure.

The environment follows from the virtual cluster's namespace alone, never from the job itself: it decides to which
schema of the lake the job may write (docs/decisions/2026-11-25-lake-schemas-of-environments.md).
"""

JOB_RUN = "LONGSHORE_JOB_RUN"
"""The variable with the job run's ID; a database sees it as the `application_name`. EMR on EKS documents none."""
_NAMESPACES = "env-"
"""The prefix of the environments' namespaces; the environment's name follows."""
_VARIABLE = "LONGSHORE_ENVIRONMENT"
"""The variable with the environment's name; a job's `spark-env` cannot set it (`runtimes.spark.configuration`)."""


def is_environment(namespace: str) -> bool:
    """Returns True if the namespace belongs to an environment."""
    return bool(environment_variables(namespace))


def environment_variables(namespace: str) -> dict[str, str]:
    """Returns the variables that tell a job's processes their environment; none for a namespace without one."""
    name = namespace.removeprefix(_NAMESPACES)
    return {} if name in ("", namespace) else {_VARIABLE: name}
