"""Decides whether several readers of one snapshot see the same rows. Pure.

Each reader runs the query by itself. A `LIMIT` among equals, a window over ties, `random()` or the clock may give each
of them other rows, and a row between two of them would be lost, or read twice. The plan shows all of it, views and
policies of row security included. A query that is not known to be safe has one reader, which is slower and correct.
Source: PostgreSQL, "Function Volatility Categories" and "EXPLAIN".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

EXPLAIN = "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON)"
UNSTEADY = """
WITH plan AS (SELECT ?::pg_catalog.json AS names, ?::pg_catalog.text AS shown)
SELECT DISTINCT p.proname || '()' FROM plan, pg_catalog.pg_proc AS p
WHERE p.proname IN (SELECT pg_catalog.json_array_elements_text(names)) AND (p.provolatile = 'v'
  OR (p.prokind = 'a' AND p.proname NOT IN ('count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every'))
  OR (p.provolatile = 's' AND (p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace OR p.proname NOT IN (
    'now', 'transaction_timestamp', 'statement_timestamp', 'date_trunc', 'date_part', 'extract', 'timezone', 'to_char',
    'to_date', 'to_timestamp', 'to_number', 'concat', 'concat_ws', 'format', 'timestamptz', 'timestamp', 'date',
    'generate_series', 'array_to_string', 'to_json', 'to_jsonb', 'row_to_json', 'json_build_object',
    'jsonb_build_object', 'json_build_array', 'jsonb_build_array', 'array_to_json', 'make_timestamptz', 'text'))))
UNION ALL
SELECT 'the operator ' || o.oprname FROM plan, pg_catalog.pg_operator AS o
  JOIN pg_catalog.pg_proc AS p ON p.oid = o.oprcode
WHERE p.provolatile <> 'i' AND o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace
  AND pg_catalog.strpos(shown, o.oprname) > 0
UNION ALL
SELECT 'a cast to ' || pg_catalog.format_type(c.casttarget, NULL) FROM plan, pg_catalog.pg_cast AS c
  JOIN pg_catalog.pg_proc AS p ON p.oid = c.castfunc
WHERE p.provolatile <> 'i' AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
  AND pg_catalog.strpos(shown, '::' || pg_catalog.format_type(c.casttarget, NULL)) > 0
"""
"""A query for things that may differ between readers; it takes the names of `called` as JSON, and the plan's text.

That is volatile functions, those that are stable within one statement only (but for some of PostgreSQL's own that
depend on nothing that differs here), aggregates that look at the order of rows, and users' own operators and casts.
"""
_SAFE_NODES = {
    *("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "BitmapOr"),
    *("Tid Scan", "Tid Range Scan", "Subquery Scan", "Values Scan", "CTE Scan", "Function Scan", "Result"),
    *("ProjectSet", "Append", "Merge Append", "Nested Loop", "Hash Join", "Merge Join", "Hash", "Materialize"),
    *("Memoize", "Sort", "Incremental Sort", "Aggregate", "Group", "SetOp", "Gather", "Gather Merge"),
}
_CALL = re.compile(r'(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*))\(')
_CLOCK = re.compile(
    r"\b(now|transaction_timestamp|statement_timestamp)\(|\b(CURRENT|LOCAL)_?(DATE|TIME)", re.IGNORECASE
)
_NOW = re.compile(r"'\s*(now|today|tomorrow|yesterday)\s*'", re.IGNORECASE)
_ORDERED = {"JSON_ARRAYAGG", "JSON_OBJECTAGG"}
"""Aggregates that are no functions, and depend on the order of rows."""
_INEXACT = {"float4", "float8"}


def called(plan: Any) -> set[str]:
    """Returns the names of the functions that a plan, as JSON, may call."""
    return {(quoted or plain).replace('""', '"') for text in _texts(plan) for quoted, plain in _CALL.findall(text)}


def obstacle(plan: Mapping[str, Any], relation: str, *, unsteady: set[str], split_type: str) -> str | None:
    """Returns why readers may see different rows; None if they see the same.

    Args:
        plan: the `Plan` of EXPLAIN's JSON, of the whole relation.
        relation: what stands after FROM.
        unsteady: those of `called` that UNSTEADY finds.
        split_type: the type of the column by which readers are told apart, as the catalog names it.
    """
    nodes = list(_nodes(plan))
    if unsteady := unsteady | (_ORDERED & called(plan)):
        return f"{min(unsteady)} may give each reader other values"
    if strange := sorted({node["Node Type"] for node in nodes} - _SAFE_NODES):
        return f"the plan has the step {strange[0]!r}, which may give each reader other rows"
    if any(node["Node Type"] == "Aggregate" for node in nodes) and split_type in _INEXACT:
        return "an aggregate of inexact numbers may give each reader another value"
    if any(not node.get("Subplan Name", "CTE ").startswith("CTE ") for node in nodes):
        return "a subquery in an expression may give each reader another value"
    if _NOW.search(relation) or any(_NOW.search(text) for text in _texts(plan)):
        return "a value depends on the clock"
    if any(_CLOCK.search(text) for node in nodes for text in node.get("Output", ())):
        return "a value depends on the clock"
    return None


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
