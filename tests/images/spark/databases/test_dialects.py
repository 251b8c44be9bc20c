"""The list of databases: one dialect for each connection type. The other lists of databases agree with it."""

import zipfile
from typing import Any

import pytest
from longshore.submission.databases import DATABASES
from longshore_spark.connections import parse_connection
from longshore_spark.databases.dialects import DIALECTS, dialects
from longshore_spark.exceptions import ConnectionSettingsError
from support.longshore_commands import ROOT
from transfers.page import table

CONNECTION: dict[str, Any] = {"host": "db", "schema": "flights", "login": "reader", "password": "secret"}


def test_each_connection_type_has_one_dialect() -> None:
    conn_types = [conn_type for dialect in dialects() for conn_type in dialect.conn_types]
    assert sorted(conn_types) == sorted(DIALECTS)
    assert all(conn_type in DIALECTS[conn_type].conn_types for conn_type in conn_types)


def test_airflows_names_for_postgresql_are_known() -> None:
    assert {"postgres", "postgresql"} <= DIALECTS.keys()


def test_a_refused_connection_type_names_those_there_are() -> None:
    with pytest.raises(ConnectionSettingsError) as error:
        parse_connection("flights_db", CONNECTION | {"conn_type": "http"})
    assert [one.conn_types[0] for one in dialects() if repr(one.conn_types[0]) not in str(error.value)] == []


def test_operators_check_names_and_sql_of_the_same_databases() -> None:
    checked = {each.sql: vars(each.names) for each in DATABASES}
    assert checked == {dialect.sql: vars(dialect.names) for dialect in dialects()}


def test_the_page_of_transfers_lists_the_same_databases() -> None:
    shown = [cell.replace("`", "").split(", ") for _, cell, *_ in table("Databases")]
    assert sorted(shown) == sorted(list(dialect.conn_types) for dialect in dialects())


@pytest.mark.parametrize("conn_type", sorted(DIALECTS))
def test_the_driver_of_a_connection_is_in_the_image(conn_type: str) -> None:
    name = parse_connection("flights_db", CONNECTION | {"conn_type": conn_type}).driver_class
    jars = sorted((ROOT / "images/spark/.jars").glob("*.jar"))
    assert any(name.replace(".", "/") + ".class" in zipfile.ZipFile(jar).namelist() for jar in jars)
