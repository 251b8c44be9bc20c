"""The argument `tables`: what is sent for it, and what is refused before a job starts."""

import re
from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission.transfer_parameters import jdbc_to_spark

NONE = dict.fromkeys(("table", "query", "mode", "key", "partition_column", "partitions", "fetch_size"))
GIVEN: dict[str, Any] = {
    **NONE,
    "connection_id": "db",
    "target": "lake.raw.{table}",
    "tables": ["planes", "s.airports"],
}


def test_names_are_sent_as_json_and_a_pattern_as_it_is() -> None:
    expected = {"connection_id": "db", "source": "-", "target": "lake.raw.{table}"}
    assert jdbc_to_spark(**GIVEN) == {**expected, "tables": '["planes", "s.airports"]'}
    assert jdbc_to_spark(**GIVEN | {"tables": "public.air*"}) == {**expected, "tables": "public.air*"}


def test_all_other_arguments_are_those_of_each_table() -> None:
    merge = {"mode": "merge", "key": "id", "delete_missing": True, "engine": "auto", "partition_column": "auto"}
    sent = jdbc_to_spark(**GIVEN | merge)
    assert {name: sent[name] for name in merge} == {**merge, "delete_missing": "true"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tables": []}, "tables is []: give a list of names, or a pattern such as 'public.air*'"),
        ({"tables": ["a", 1]}, "give a list of names"),
        ({"tables": {"a": "b"}}, "give a list of names"),
        ({"tables": "planes"}, "tables is 'planes': give a list of names, or a pattern"),
        ({"tables": "['a', 'b']"}, "the DAG needs render_template_as_native_obj=True"),
        ({"tables": ["my table"]}, "a name in tables is 'my table': give a table's name; a part with other characters"),
        ({"tables": ["a.t", "b.T"]}, "'a.t' and 'b.T' would both be written to 'lake.raw.t'"),
        ({"tables": ["t", "t"]}, "'t' and 't' would both be written to 'lake.raw.t'"),
        ({"tables": ['s."a/b"']}, "holds '/', which the name of a table's folder cannot have"),
        ({"target": "lake.raw.t"}, "'lake.<namespace>.{table}'; it must hold {table} once"),
        ({"target": "lake.{table}.{table}"}, "it must hold {table} once"),
        ({"target": "lake.{table}.t", "tables": "s.*"}, "{table} must be in its last part"),
        ({"target": "raw.{table}"}, "give a table of the lake with a place for each name"),
        ({"table": "a"}, "table is given with tables, and is about one table: give that table a task of its own"),
        ({"query": "SELECT 1"}, "query is given with tables"),
        ({"columns": {"a": "text"}}, "columns is given with tables"),
        ({"checks": [{"not_null": ["a"]}]}, "checks is given with tables"),
        ({"partition_column": "id"}, "partition_column is given with tables"),
        ({"tables": [f"table_{number}" for number in range(200)]}, "give a pattern, or share the tables among several"),
    ],
)
def test_what_is_wrong_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        jdbc_to_spark(**GIVEN | changes)
