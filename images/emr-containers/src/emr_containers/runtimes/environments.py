"""Which environment a job is in. Pure.

It follows from the virtual cluster's namespace, and from nothing that a job says: what the job writes to the lake goes
to the environment's own schema (docs/decisions/2026-11-25-lake-schemas-of-environments.md).
"""

_NAMESPACES = "env-"
"""What namespaces of environments begin with; the environment's name follows."""
_VARIABLE = "LONGSHORE_ENVIRONMENT"
"""Which `spark-env` of a job cannot set (`runtimes.configuration`)."""


def is_environment(namespace: str) -> bool:
    """Whether the namespace is an environment's."""
    return bool(environment_variables(namespace))


def environment_variables(namespace: str) -> dict[str, str]:
    """What tells a job's processes their environment; nothing where the namespace is no environment's."""
    name = namespace.removeprefix(_NAMESPACES)
    return {} if name in ("", namespace) else {_VARIABLE: name}
