"""Column types that hold every value of another type exactly, and the wider types that do. Pure.

Types are as Spark (`decimal(12,2)`, `array<int>`) or PostgreSQL (`numeric(12,2)`, `integer[]`) writes them; a pair is
written in the same way.
"""

import re

_WHOLE_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "integer": 10, "bigint": 19}
_EXACT_IN_DOUBLE = {"tinyint", "smallint", "int", "integer", "float", "real"}
_SINGLE = {"float": "double", "real": "double precision"}
_DOUBLE = set(_SINGLE.values())
_TEXTS = ("character", "character varying")
_NULL = "void"
_MOST_DIGITS = 38


def holds_exactly(column: str, source: str) -> bool:
    """Returns True if the column holds every value of the source's type.

    A text column of a limited length counts: PostgreSQL refuses what is too long, but for blanks, which
    `databases.postgres.writing.column_values` finds.
    """
    if source in (column, _NULL):
        return True
    if (inside := _elements(column)) and (given := _elements(source)):
        return holds_exactly(inside, given) and not inside.startswith("character")
    if column in _WHOLE_DIGITS:
        return _WHOLE_DIGITS[column] >= _WHOLE_DIGITS.get(source, 99)
    if column in _DOUBLE:
        return source in _EXACT_IN_DOUBLE
    if source == "text" and column.split("(")[0] in _TEXTS:
        return True
    if column == "numeric":
        return source in _WHOLE_DIGITS or _digits(source) is not None
    if (wide := _digits(column)) is None or (needed := _digits(source)) is None:
        return False
    return wide[1] >= needed[1] and wide[0] - wide[1] >= needed[0] - needed[1]


def widened(column: str, source: str) -> str | None:
    """Returns the wider type of the column that also holds the source's values; None if there is none.

    Whole numbers to wider ones, float to double, decimals to more digits of the same scale.
    Source: Iceberg, "Table Spec: Schema Evolution"; what it lets change, PostgreSQL changes without loss, too.
    """
    if (inside := _elements(column)) and (given := _elements(source)):
        wider = widened(inside, given)
        return None if wider is None else column.replace(inside, wider)
    if source in _WHOLE_DIGITS and column in _WHOLE_DIGITS:
        return source
    if column in _SINGLE and (source in _DOUBLE or source in _EXACT_IN_DOUBLE):
        return _SINGLE[column]
    wide, needed = _digits(column), _digits(source)
    if wide is None or needed is None or column in _WHOLE_DIGITS or wide[1] < needed[1]:
        return None
    digits = wide[1] + max(wide[0] - wide[1], needed[0] - needed[1])
    return f"{column.split('(')[0]}({digits},{wide[1]})" if digits <= _MOST_DIGITS else None


def _digits(kind: str) -> tuple[int, int] | None:
    if kind in _WHOLE_DIGITS:
        return _WHOLE_DIGITS[kind], 0
    found = re.fullmatch(r"(?:decimal|numeric)\((\d+),(-?\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else None


def _elements(kind: str) -> str | None:
    found = re.fullmatch(r"array<(.*)>|(.*)\[\]", kind)
    return (found[1] or found[2]) if found else None
