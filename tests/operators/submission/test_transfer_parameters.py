import re
from typing import Any

import pytest
from longshore.exceptions import InvalidArgumentError
from longshore.submission import databases
from longshore.submission import transfer_parameters as parameters


@pytest.fixture(autouse=True)
def _postgresql_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves PostgreSQL as the only database: what operators refuse depends on all that there are."""
    monkeypatch.setattr(databases, "DATABASES", databases.DATABASES[:1])


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
        ("SELECT a -- all of it", "(SELECT a)"),
        ("SELECT 1; /* c */", "(SELECT 1)"),
        ("SELECT 1; -- it's done", "(SELECT 1)"),
        ("SELECT 1 /* a /* b; */ c */\r\n;\r\n", "(SELECT 1)"),
        ("SELECT '\n-- x'", "(SELECT '\n-- x')"),
        ("\ufeffSELECT 1;", "(SELECT 1)"),
        ("WITH a AS (SELECT ';') SELECT * FROM a;", "(WITH a AS (SELECT ';') SELECT * FROM a)"),
        ("(SELECT 1) UNION (SELECT 2);", "((SELECT 1) UNION (SELECT 2))"),
        ("SELECT 'open;", "(SELECT 'open;\n)"),
        ("SELECT a -- one\nFROM b", "(SELECT a -- one\nFROM b)"),
        ("SELECT 1;\n-- end; of it\n\n", "(SELECT 1)"),
        ("SELECT 1; -- end; of it", "(SELECT 1)"),
        ("-- why\nSELECT 1;;", "(-- why\nSELECT 1)"),
        ("SELECT '; -- no comment'", "(SELECT '; -- no comment')"),
    ],
)
def test_query_is_put_in_brackets(query: str, source: str) -> None:
    assert parameters.jdbc_to_spark(**{**JDBC_IN, "table": None, "query": query})["source"] == source
    assert parameters.spark_to_spark(**{**LAKE, "table": None, "sql": query})["source"] == source


@pytest.mark.parametrize("query", ["SELECT $$a;b$$", "SELECT $t$;$$$t$", r"SELECT E'\';'", r"SELECT '\', ';'"])
def test_quotes_are_those_of_postgresql_in_a_query(query: str) -> None:
    assert parameters.jdbc_to_spark(**{**JDBC_IN, "table": None, "query": f"{query}; -- '"})["source"] == f"({query})"


@pytest.mark.parametrize("sql", [r"SELECT '\';'", 'SELECT `;`, ";"', r"SELECT r'\'", "FROM lake.a.b SELECT c"])
def test_quotes_are_those_of_spark_in_sql(sql: str) -> None:
    assert parameters.spark_to_spark(**{**LAKE, "table": None, "sql": f"{sql}; -- '"})["source"] == f"({sql})"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1; SELECT 2", "query holds several statements: give one SELECT statement"),
        ("-- why\nDROP TABLE a", "query begins with 'DROP': give a statement that returns rows"),
        ("FROM a SELECT b", "query begins with 'FROM'"),
        ("SELECT 1) AS r, (SELECT 2", "query closes a parenthesis that it does not open"),
        ("SELECT (1", "query opens a parenthesis that it does not close"),
        ("; -- nothing", "query is empty"),
    ],
)
def test_what_is_not_one_select_is_refused(query: str, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        parameters.jdbc_to_spark(**{**JDBC_IN, "table": None, "query": query})


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("lake.x.2024", "lake.x.2024"),
        ("lake.x.größe", "lake.x.größe"),
        ("lake.order.select", "lake.order.select"),
        ('lake.x."my table"', 'lake.x."my table"'),
        ("lake.x.`it's a ``tick```", 'lake.x."it\'s a `tick`"'),
        ('lake."x"."a""b"', 'lake.x."a""b"'),
    ],
)
def test_a_table_of_the_lake_has_any_name_that_a_folder_may_have(target: str, sent: str) -> None:
    assert parameters.spark_to_spark(**{**LAKE, "target": target})["target"] == sent


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("lake.n.my table", "must be in double quotes"),
        ('lake.n."a/b"', "'a/b' holds '/', which the name of a table's folder cannot have"),
        ('lake.n."a#b"', "holds '#'"),
        ('lake."a?b".t', "holds '?'"),
        ('lake.n."a\nb"', r"holds '\n'"),
        ('lake.n.".."', "'..' means another folder than the table's own"),
        ('lake." n".t', "begins or ends with a space"),
        ('lake."a.b".t', "the namespace 'a.b' holds a '.', by which the catalog splits namespaces"),
        ("lake.n." + "ü" * 101, "is longer than 200 bytes"),
    ],
)
def test_a_name_that_no_reader_of_the_lake_would_find_is_refused(target: str, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        parameters.spark_to_spark(**{**LAKE, "target": target})


@pytest.mark.parametrize("target", ["n.MixedCase", 'n."Mixed""Case"', '"a.b".order', "n.2024", 'n."' + "ü" * 31 + '"'])
def test_a_table_of_a_database_has_any_name(target: str) -> None:
    assert parameters.spark_to_jdbc(**{**JDBC_OUT, "target": target})["target"] == target


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("n.my table", "must be in double quotes"),
        ("n.`a`", "must be in double quotes"),
        ('n."a"b"', "must be in double quotes"),
        ("n." + "ü" * 32, "is longer than 63 bytes, which PostgreSQL would cut"),
        ('n."a\0b"', "holds a character with the code 0"),
    ],
)
def test_a_name_that_a_database_cannot_have_is_refused(target: str, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        parameters.spark_to_jdbc(**{**JDBC_OUT, "target": target})


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("id", "id"),
        (["a", "größe", "2024"], "a,größe,2024"),
        ("a,b", '["a,b"]'),
        (["a.b", "c"], '["a.b", "c"]'),
        ([" lead", 'q"'], '[" lead", "q\\""]'),
        ("[a]", '["[a]"]'),
    ],
)
def test_a_key_is_columns_of_any_names(key: Any, sent: str) -> None:
    assert parameters.spark_to_spark(**{**LAKE, "mode": "merge", "key": key})["key"] == sent


@pytest.mark.parametrize("table", ["order", 'n."MixedCase"', "größe", "n.2024"])
def test_a_source_is_a_table_of_any_name(table: str) -> None:
    assert parameters.jdbc_to_spark(**{**JDBC_IN, "table": table})["source"] == table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": None}, "Give either table or query"),
        ({"query": "SELECT 1"}, "one of them, not both"),
        ({"table": " "}, "table is ' ': give a table's name"),
        ({"table": "my table"}, "must be in double quotes"),
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


WRITING: dict[str, Any] = {"schema_changes": "fail", "delete_missing": True, "checks": [], "lock_timeout": 0}


def test_how_rows_are_written_is_sent_as_text() -> None:
    given = {**WRITING, "mode": "merge", "key": "id", "checks": [{"not_null": ["größe"]}, {"row_count": "source"}]}
    expected = {
        "schema_changes": "fail",
        "delete_missing": "true",
        "checks": '[{"not_null": ["größe"]}, {"row_count": "source"}]',
        "lock_timeout": "0",
    }
    for sent in (
        parameters.jdbc_to_spark(**{**JDBC_IN, **given}),
        parameters.spark_to_spark(**{**LAKE, **given}),
        parameters.spark_to_jdbc(**{**JDBC_OUT, **given}),
    ):
        assert {name: sent[name] for name in expected} == expected
    sent = parameters.spark_to_jdbc(**JDBC_OUT, staging_schema='"My staging"', delete_missing="False")
    assert (sent["staging_schema"], sent["delete_missing"]) == ('"My staging"', "false")


def test_checks_are_in_the_sql_of_the_target() -> None:
    checks = [{"sql": "FROM rows SELECT 1"}]
    assert "checks" in parameters.jdbc_to_spark(**JDBC_IN, checks=checks)
    with pytest.raises(InvalidArgumentError, match=re.escape("checks[0]['sql'] begins with 'FROM'")):
        parameters.spark_to_jdbc(**JDBC_OUT, checks=checks)


def test_what_a_role_stages_elsewhere_has_a_schemas_name() -> None:
    with pytest.raises(InvalidArgumentError, match=r"staging_schema is 'a\.b': give the name of a schema"):
        parameters.spark_to_jdbc(**JDBC_OUT, staging_schema="a.b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_changes": "drop"}, "schema_changes is 'drop': give one of evolve, fail, ignore"),
        ({"delete_missing": "yes"}, "delete_missing is 'yes': give True or False"),
        ({"delete_missing": True}, "only mode 'merge' deletes rows"),
        ({"delete_missing": True, "mode": "append"}, "delete_missing is given, but mode is 'append'"),
        (
            {"delete_missing": True, "mode": "merge", "key": "a", "table": None, "sql": "SELECT 1"},
            "delete_missing is given with SQL, which may leave out rows",
        ),
        ({"lock_timeout": -1}, "lock_timeout is -1: give a whole number from 0"),
        ({"checks": "[{'unique': ['a']}]"}, "render_template_as_native_obj=True"),
        ({"checks": {"unique": ["a"]}}, "checks must be a list of mappings"),
        ({"checks": [{"unique": "a"}]}, "checks[0]['unique'] is 'a'; it must be a list of different columns"),
        ({"checks": [{"not_null": ["x" * 1025]}]}, "characters as JSON, and a template parameter takes 1024"),
    ],
)
def test_wrong_way_to_write_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        parameters.spark_to_spark(**{**LAKE, **change})


def test_target_of_a_database_has_a_schema() -> None:
    with pytest.raises(InvalidArgumentError, match=r"give a table of the database as '<schema>.<table>'"):
        parameters.spark_to_jdbc(**{**JDBC_OUT, "target": "routes"})
