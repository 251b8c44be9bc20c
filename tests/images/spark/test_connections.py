"""Connections as Airflow writes them, read where the job runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from longshore_spark.connections import parse_connection, read_connection
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.lake.catalog import catalog_properties

CANARY = "canary-password"
FLIGHTS = {
    "conn_type": "postgres",
    "host": "db",
    "port": 5433,
    "schema": "flights",
    "login": "reader",
    "password": CANARY,
}


def test_a_connection_gives_a_url_without_its_password_and_does_not_show_it() -> None:
    connection = parse_connection("flights_db", FLIGHTS)
    assert connection.url == "jdbc:postgresql://db:5433/flights"
    assert connection.properties["password"] == CANARY
    assert CANARY not in repr(connection)


def test_names_are_only_names_in_the_url() -> None:
    connection = parse_connection("flights_db", FLIGHTS | {"schema": "a?sslmode=disable&b/c %é"})
    assert connection.url == "jdbc:postgresql://db:5433/a%3Fsslmode%3Ddisable%26b%2Fc%20%25%C3%A9"
    assert parse_connection("flights_db", FLIGHTS | {"host": "a,::1"}).url.startswith(
        "jdbc:postgresql://a:5433,[::1]:5433/"
    )


def test_the_job_run_is_the_applications_name_unless_the_extra_says_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_JOB_RUN", "000abc")
    assert parse_connection("flights_db", FLIGHTS).properties["ApplicationName"] == "000abc"
    named = parse_connection("flights_db", FLIGHTS | {"extra": {"application_name": "mine"}})
    assert named.properties["ApplicationName"] == "mine"


def test_the_port_is_postgresqls_own_unless_it_says_another() -> None:
    assert parse_connection("flights_db", FLIGHTS | {"port": None}).port == 5432


@pytest.mark.parametrize("extra", [{"warehouse": "s3://lake"}, '{"warehouse": "s3://lake"}'])
def test_the_catalog_is_given_its_connection_by_name(extra: Any) -> None:
    properties = catalog_properties(parse_connection("lake_catalog", FLIGHTS | {"extra": extra}))
    assert properties == {"spark.sql.catalog.lake.connection": "lake_catalog"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "must have the conn_type 'postgres'"),
        (FLIGHTS | {"conn_type": "http"}, "must have the conn_type 'postgres'"),
        (FLIGHTS | {"host": "", "password": None}, "lacks host, password"),
        (FLIGHTS | {"host": ["db"]}, "must have a text as host"),
        (FLIGHTS | {"host": "db/x?sslmode=disable"}, "must have names or addresses of hosts"),
        (FLIGHTS | {"host": "/var/run/postgresql"}, "a folder of Unix sockets cannot be used"),
        (FLIGHTS | {"port": CANARY}, "must have a port from 1 to 65535"),
        (FLIGHTS | {"port": 99999}, "must have a port from 1 to 65535"),
        (FLIGHTS | {"extra": CANARY}, "must have a JSON object as extra"),
        (FLIGHTS | {"extra": [1]}, "must have a JSON object as extra"),
    ],
)
def test_a_connection_that_is_of_no_use_says_what_it_lacks(content: Any, message: str) -> None:
    with pytest.raises(ConnectionSettingsError, match="'flights_db'") as error:
        parse_connection("flights_db", content)
    assert message in str(error.value)
    assert CANARY not in str(error.value)


def test_a_catalog_without_a_warehouse_is_refused() -> None:
    with pytest.raises(ConnectionSettingsError, match="'lake_catalog' needs a `warehouse`"):
        catalog_properties(parse_connection("lake_catalog", FLIGHTS))


def test_a_catalog_in_another_database_than_postgresql_is_refused() -> None:
    connection = parse_connection("lake_catalog", FLIGHTS | {"extra": {"warehouse": "s3://lake"}})
    with pytest.raises(ConnectionSettingsError, match="'lake_catalog' must have the conn_type 'postgres'"):
        catalog_properties(replace(connection, conn_type="mysql"))


def test_a_connection_is_read_by_its_name_and_an_unknown_one_names_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGSHORE_CONNECTIONS", str(tmp_path))
    with pytest.raises(ConnectionSettingsError, match="'flights_db' is not known to this job; it has none"):
        read_connection("flights_db")
    (tmp_path / "flights_db.json").write_text(json.dumps(FLIGHTS))
    (tmp_path / "broken.json").write_text(CANARY)
    assert read_connection("flights_db").user == "reader"
    with pytest.raises(ConnectionSettingsError, match="it has broken, flights_db"):
        read_connection("elsewhere")
    with pytest.raises(ConnectionSettingsError, match="'broken' cannot be read") as error:
        read_connection("broken")
    assert CANARY not in str(error.value)
