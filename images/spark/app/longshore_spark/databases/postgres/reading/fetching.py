"""The size of a round trip: as many rows as a tenth of the JVM's memory holds, however wide they are.

The driver measures the rows as they come, and asks for so many (`adaptiveFetch`). Where rows grow within one table it
may ask for too many. Then it breaks the read off before memory ends, and the transfer begins again with smaller trips.
Source: PostgreSQL JDBC driver, "Connection parameters".
"""

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from longshore_spark.spark.java_errors import innermost

_FIRST_ROWS = 256
"""Rows of the first trip, by which the driver learns how wide they are."""
_SHARE = "10p"
"""A tenth of the largest heap, for each reader. A value is in memory about five times while it is moved."""


def fetching(fetch_size: int) -> dict[str, str]:
    """Returns the driver's properties for trips of at most `fetch_size` rows."""
    return {
        "fetchsize": str(min(_FIRST_ROWS, fetch_size)),
        "adaptiveFetch": "true",
        "adaptiveFetchMinimum": "1",
        "adaptiveFetchMaximum": str(fetch_size),
        "maxResultBuffer": _SHARE,
    }


def is_too_wide(error: Exception) -> bool:
    """Returns True if a read failed because one trip's rows did not fit."""
    if not isinstance(error, Py4JJavaError | PySparkException):
        return False
    throwable = innermost(error)
    return throwable is not None and "maxResultBuffer" in str(throwable.getMessage())
