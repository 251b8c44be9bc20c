"""Values that a lake's column takes although Spark's type for it allows more: required columns, uuid and fixed.

Iceberg's writer would read `1-1-1-1-1` as another uuid, and a merge would not find A… beside a….
"""

import re
from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.checking.schema_rules import Plan
from longshore_spark.spark.names import spark_literal, spark_quoted

_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def fitted(rows: DataFrame, planned: Plan, kinds: Mapping[str, tuple[str, bool]], target: str) -> DataFrame:
    """Returns the source's rows with values as the target's columns have them; a refused value is an error when read.

    Args:
        kinds: the target's columns: Iceberg's types, and whether they may not be NULL.
    """
    values = {
        source: _value(spark_quoted(source), name, *kinds[name], target)
        for name, source in planned.given.items()
        if name in kinds
    }
    return rows.select([F.expr(values.get(name, spark_quoted(name))).alias(name) for name in rows.columns])


def _value(value: str, name: str, kind: str, required: bool, target: str) -> str:
    told = f"The column {name!r} of the table {target!r} is {kind}, and the source has "
    ways_out = "which it does not take; change it by SQL"
    cases = []
    if required:
        null = (
            f"The source of {target!r} has a NULL in the column {name!r}, which may not be NULL in the table; replace "
            "it by SQL, or make the column optional in the table."
        )
        cases.append(f"WHEN {value} IS NULL THEN raise_error({spark_literal(null)})")
    if kind == "uuid":
        shown = f"concat({spark_literal(told)}, left({value}, 40), {spark_literal(f', {ways_out}.')})"
        cases.append(f"WHEN NOT lower({value}) RLIKE {spark_literal(_UUID)} THEN raise_error({shown})")
    if found := re.fullmatch(r"fixed\[(\d+)\]", kind):
        shown = f"concat({spark_literal(told)}, length({value}), {spark_literal(f' bytes, {ways_out}.')})"
        cases.append(f"WHEN length({value}) <> {found[1]} THEN raise_error({shown})")
    if not cases:
        return value
    return f"CASE {' '.join(cases)} ELSE {f'lower({value})' if kind == 'uuid' else value} END"
