"""The JVM of spark-submit, which started this process, before it has a SparkContext."""

from typing import Any

from pyspark import SparkContext


def launcher_jvm() -> Any:
    """Returns the JVM by py4j. A Spark session that is opened later uses the same one."""
    SparkContext._ensure_initialized()
    return SparkContext._jvm
