"""The Java errors behind what PySpark raises, and the SQLSTATE that a database gave."""

from typing import Any

from py4j.protocol import Py4JJavaError

_DEEPEST = 20
"""Causes may form a ring."""


def sql_state(error: Exception) -> str | None:
    """Returns the SQLSTATE of the innermost cause of `error`; None if that is no database's error."""
    throwable = innermost(error)
    if throwable is None or not str(throwable.getClass().getSimpleName()).endswith("SQLException"):
        return None
    return str(throwable.getSQLState())


def innermost(error: Exception) -> Any:
    """Returns the Java throwable that is the first cause of `error`; None where there is none."""
    return next(reversed(throwables(error)), None)


def throwables(error: Exception) -> list[Any]:
    """Returns the Java throwables of `error`: itself, its cause and so on; none where it is no error of Java's."""
    throwable: Any = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    found: list[Any] = []
    while throwable is not None and len(found) < _DEEPEST:
        found.append(throwable)
        throwable = throwable.getCause()
    return found
