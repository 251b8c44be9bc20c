from typing import Any

import pytest
from longshore import parameters
from longshore.exceptions import InvalidArgumentError

JDBC_IN: dict[str, Any] = {
    "connection_id": "flights_db",
    "table": "public.flights",
    "query": None,
    "target": "lake.raw.flights",
    "mode": None,
    "key": None,
    "partition_column": None,
    "partitions": None,
    "fetch_size": None,
}
LAKE: dict[str, Any] = {"table": "lake.raw.a", "sql": None, "target": "lake.mart.b", "mode": None, "key": None}
JDBC_OUT: dict[str, Any] = {
    **LAKE,
    "connection_id": "db",
    "target": "serving.routes",
    "partitions": None,
    "batch_size": None,
}


def test_only_what_was_given_is_sent() -> None:
    assert parameters.jdbc_to_spark(**JDBC_IN) == {
        "connection_id": "flights_db",
        "source": "public.flights",
        "target": "lake.raw.flights",
    }
    assert parameters.spark_to_spark(**LAKE) == {"source": "lake.raw.a", "target": "lake.mart.b"}
    assert parameters.spark_to_jdbc(**JDBC_OUT) == {
        "source": "lake.raw.a",
        "connection_id": "db",
        "target": "serving.routes",
    }


def test_everything_given_is_sent_as_text() -> None:
    given = {"mode": "merge", "key": ["a", "b"], "partition_column": "id", "partitions": 4, "fetch_size": "500"}
    assert parameters.jdbc_to_spark(**{**JDBC_IN, **given}) == {
        "connection_id": "flights_db",
        "source": "public.flights",
        "target": "lake.raw.flights",
        "mode": "merge",
        "key": "a,b",
        "partition_column": "id",
        "partitions": "4",
        "fetch_size": "500",
    }
    sent = parameters.spark_to_jdbc(**{**JDBC_OUT, "partitions": 1, "batch_size": 10, "mode": "append"})
    assert (sent["partitions"], sent["batch_size"], sent["mode"]) == ("1", "10", "append")


@pytest.mark.parametrize(
    ("query", "source"),
    [
        (" SELECT 1 ;\n", "(SELECT 1)"),
        ("SELECT a -- all of it", "(SELECT a -- all of it\n)"),
        ("SELECT a -- one\nFROM b", "(SELECT a -- one\nFROM b)"),
        ("SELECT 1;\n-- end; of it\n\n", "(SELECT 1)"),
        ("SELECT 1; -- end; of it", "(SELECT 1)"),
        ("-- why\nSELECT 1;;", "(-- why\nSELECT 1)"),
        ("SELECT '; -- no comment'", "(SELECT '; -- no comment'\n)"),
    ],
)
def test_query_is_put_in_brackets(query: str, source: str) -> None:
    assert parameters.jdbc_to_spark(**{**JDBC_IN, "table": None, "query": query})["source"] == source
    assert parameters.spark_to_spark(**{**LAKE, "table": None, "sql": query})["source"] == source


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": None}, "Give either table or query"),
        ({"query": "SELECT 1"}, "one of them, not both"),
        ({"table": " "}, "table is ' ': give a table's name"),
        ({"table": "(SELECT 1)"}, "or a SELECT statement as query"),
        ({"table": None, "query": " ; "}, "query is empty"),
        ({"target": "raw.flights"}, r"target is 'raw.flights': give a table of the lake as 'lake.<namespace>.<table>'"),
        ({"target": None}, "target is None"),
        ({"connection_id": "a b"}, "connection_id is 'a b'"),
        ({"connection_id": ""}, "connection_id is ''"),
        ({"mode": "upsert"}, "mode is 'upsert': give one of overwrite, append, merge"),
        ({"mode": "merge"}, "mode is 'merge' without a key"),
        ({"mode": "append", "key": "id"}, "only mode 'merge' uses a key"),
        ({"key": "id"}, "only mode 'merge' uses a key"),
        ({"target": "lake.a.b.c"}, "give a table of the lake"),
        ({"target": "lake.raw.my-table"}, "give a table of the lake"),
        ({"target": 5}, "target is 5"),
        ({"connection_id": 5, "target": "x"}, "target is 'x'"),
        ({"table": 5, "mode": "x"}, "mode is 'x'"),
        ({"mode": "merge", "key": ["id", ""]}, "key is "),
        ({"mode": "merge", "key": []}, "key is "),
        ({"partitions": 0}, "partitions is 0: give a whole number from 1"),
        ({"partitions": True}, "partitions is True"),
        ({"fetch_size": "many"}, "fetch_size is 'many'"),
        ({"partition_column": ""}, "partition_column is empty"),
    ],
)
def test_wrong_argument_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        parameters.jdbc_to_spark(**{**JDBC_IN, **change})


def test_target_of_a_database_has_a_schema() -> None:
    with pytest.raises(InvalidArgumentError, match=r"give a table of the database as '<schema>.<table>'"):
        parameters.spark_to_jdbc(**{**JDBC_OUT, "target": "routes"})


def test_resources_are_parameters() -> None:
    resources = {"driver_memory": "2g", "executor_memory": "1536m", "executor_cores": 2, "executor_instances": "4"}
    assert parameters.resource_parameters(resources) == {
        "driver_memory": "2g",
        "executor_memory": "1536m",
        "executor_cores": "2",
        "executor_instances": "4",
    }
    assert parameters.resource_parameters(None) == {}


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"memory": "2g"}, "no key 'memory': it knows driver_memory, executor_memory"),
        ({"driver_memory": 2}, r"spark_resources\['driver_memory'\] is 2: give a whole number with its unit"),
        ({"executor_cores": 0}, r"spark_resources\['executor_cores'\] is 0"),
        ({"executor_cores": None}, r"The template parameter 'executor_cores' is ''"),
    ],
)
def test_wrong_resource_is_named(resources: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        parameters.merged(parameters.resource_parameters(resources))


def test_groups_are_merged_as_texts() -> None:
    merged = parameters.merged({"a": 1}, {"b": True, "c": 1.5, "d": "x"})
    assert merged == {"a": "1", "b": "true", "c": "1.5", "d": "x"}


@pytest.mark.parametrize("value", [None, "", " ", [1], {"a": 1}])
def test_value_that_is_no_scalar_is_named(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="The template parameter 'a' is "):
        parameters.merged({"a": value})


def test_parameter_given_twice_is_named() -> None:
    with pytest.raises(InvalidArgumentError, match="'source' is given twice"):
        parameters.merged({"source": "a"}, {"source": "b"})


def test_text_where_a_mapping_must_be_says_how_a_template_makes_one() -> None:
    with pytest.raises(InvalidArgumentError, match=r"job_template_parameters is .*render_template_as_native_obj=True"):
        parameters.merged("{'a': 'b'}")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="spark_resources is "):
        parameters.resource_parameters("{'driver_memory': '2g'}")  # type: ignore[arg-type]
