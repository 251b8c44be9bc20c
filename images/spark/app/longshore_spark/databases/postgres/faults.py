"""Faults that the database itself finds, and reports with a sentence of ours. Pure.

PostgreSQL has no expression that raises an error with a text of ours. But a text that cannot be cast is in the error's
message, in every language of the server: the sentence is that text, between marks.
"""

import re

from longshore_spark.databases.postgres.quoting import literal

_BEGIN, _END = "longshore<<", ">>longshore"
_LONGEST_VALUE = 100


def fault(column: str, shown_type: str, value: str, must: str, ways_out: str) -> str:
    """Returns an expression whose value is the sentence: cast it to what no sentence is.

    Args:
        value: an expression for the value, which makes the database evaluate the whole for rows, never in planning.
        must: the rule that the value breaks, `must be …`.
        ways_out: without a full stop.
    """
    before = f"The column '{column}' ({shown_type}) has the value "
    after = f", and {must}; {ways_out}."
    return sentence(f"{literal(before)} || left({value}::text, {_LONGEST_VALUE}) || {literal(after)}")


def sentence(expression: str) -> str:
    """Returns a text of PostgreSQL's, between the marks by which `sentence_in` finds it."""
    return f"{literal(_BEGIN)} || {expression} || {literal(_END)}"


def sentence_in(message: str) -> str | None:
    """Returns the sentence in an error's message; None where there is none."""
    found = re.search(f"{_BEGIN}(.*?){_END}", message, re.DOTALL)
    return found[1] if found else None
