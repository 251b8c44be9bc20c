"""Reads the text of a source that is stored in an object."""

from pyspark.sql import SparkSession

from longshore_spark.command_line.grammars import Grammar
from longshore_spark.command_line.source import Query, Source, StoredText, Table, parse_text
from longshore_spark.exceptions import SourceError


def read_source_text(spark: SparkSession, source: Source, grammar: Grammar) -> Table | Query:
    """Returns the source itself, read from its object where it is stored in one.

    Raises:
        SourceError: the object cannot be read.
        ArgumentError: it holds neither a table's name nor a query in parentheses.
    """
    if not isinstance(source, StoredText):
        return source
    found = spark.read.text(source.uri, wholetext=True).collect()
    if len(found) != 1:
        raise SourceError(f"The object {source.uri!r} must hold the source's text; there are {len(found)} objects.")
    return parse_text(str(found[0][0]), grammar)
