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
    if isinstance(error, Py4JJavaError):
        return _short(_innermost(error.java_exception))
    if isinstance(error, PySparkException):
        # Analysis errors say all by themselves; a failed action hides the database's own words below its own.
        origin = getattr(error, "_origin", None)
        if error.getCondition() is None and origin is not None:
            return _short(_innermost(origin))
        return _short(str(error.getMessage() or error))
    return _short(f"{type(error).__name__}: {error}")


def _innermost(throwable: Any) -> str:
    for _ in range(20):  # causes may form a ring
        cause = throwable.getCause()
        if cause is None:
            break
        throwable = cause
    message = throwable.getMessage()
    name = str(throwable.getClass().getSimpleName())
    return f"{name}: {message}" if message else name


def _short(text: str) -> str:
    # A plan or a stack trace after the first paragraph is for the log, which has it.
    paragraph = text.split("\n\tat ")[0].split(";\n'")[0].split("\n\nJVM stacktrace")[0]
    # Spark quotes each part of a name; its users do not.
    return " ".join(paragraph.split()).replace("`.`", ".").replace("`", "'")[:_LONGEST]
