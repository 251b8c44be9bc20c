"""Turns what Spark, Iceberg or a database raised into one sentence that a user can act on."""

from pyspark.errors import PySparkException

from longshore_spark.databases.dialects import dialects
from longshore_spark.exceptions import TransferError
from longshore_spark.spark.java_errors import innermost, sql_state

_LONGEST = 1500
_ENDED = (
    "Spark ended while it ran the transfer. Most often its memory was used up (then its stderr says OutOfMemoryError): "
    'give it more (spark_resources={"driver_memory": "4g", "executor_memory": "4g"}), or move fewer rows at a time '
    "(fetch_size, batch_size)."
)


def reason(error: Exception) -> str:
    """Returns the innermost cause of `error` on one line, after its type where the message alone says too little."""
    if isinstance(error, TransferError):
        return str(error)
    if "SparkContext was shut down" in str(error):
        return _ENDED
    if isinstance(error, PySparkException) and error.getCondition() == "USER_RAISED_EXCEPTION":
        # Our own words or those of the user's raise_error: a name in them stays as it is.
        words = (error.getMessageParameters() or {}).get("errorMessage", str(error))
        return " ".join(words.splitlines())[:_LONGEST]
    # Analysis errors are complete; a failed action hides the database's message below its own.
    if isinstance(error, PySparkException) and error.getCondition() is not None:
        return _short(str(error.getMessage() or error))
    if (throwable := innermost(error)) is not None:
        message, name = throwable.getMessage(), str(throwable.getClass().getSimpleName())
        explained = (one.explain(sql_state(error), str(message), _short(str(message))) for one in dialects())
        if (sentence := next(filter(None, explained), None)) is not None:
            return sentence
        return _short(f"{name}: {message}" if message else name)
    if isinstance(error, PySparkException):
        return _short(str(error.getMessage() or error))
    return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    # The log has the plan or stack trace that follows the first paragraph.
    paragraph = text.split("\n\tat ")[0].split(";\n'")[0].split("\n\nJVM stacktrace")[0]
    # Spark quotes each part of a name; its users do not.
    return " ".join(paragraph.split()).replace("`.`", ".").replace("`", "'")[:_LONGEST]
