"""From what Spark, Iceberg or a database raised to one sentence that a user can do something with."""

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from longshore_spark.exceptions import TransferError

_LONGEST = 1500


def reason(error: Exception) -> str:
    """The innermost cause of `error`, on one line; its type goes before where the message alone would not say it."""
    if isinstance(error, TransferError):
        return str(error)
    # Analysis errors say all by themselves; a failed action hides the database's own words below its own.
    if isinstance(error, PySparkException) and error.getCondition() is not None:
        return _short(str(error.getMessage() or error))
    if (throwable := _innermost(error)) is not None:
        message, name = throwable.getMessage(), str(throwable.getClass().getSimpleName())
        return _short(f"{name}: {message}" if message else name)
    if isinstance(error, PySparkException):
        return _short(str(error.getMessage() or error))
    return _short(f"{type(error).__name__}: {error}")


def sql_state(error: Exception) -> str | None:
    """The SQLSTATE that a database gave as the innermost cause of `error`; None if it was none of a database's."""
    throwable = _innermost(error)
    if throwable is None or not str(throwable.getClass().getSimpleName()).endswith("SQLException"):
        return None
    return str(throwable.getSQLState())


def _innermost(error: Exception) -> Any:
    throwable: Any = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    for _ in range(20):  # causes may form a ring
        cause = None if throwable is None else throwable.getCause()
        if cause is None:
            break
        throwable = cause
    return throwable


def _short(text: str) -> str:
    # A plan or a stack trace after the first paragraph is for the log, which has it.
    paragraph = text.split("\n\tat ")[0].split(";\n'")[0].split("\n\nJVM stacktrace")[0]
    # Spark quotes each part of a name; its users do not.
    return " ".join(paragraph.split()).replace("`.`", ".").replace("`", "'")[:_LONGEST]
