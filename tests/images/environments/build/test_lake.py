"""A job finds the lake by its environment's role, and by nothing else that would be another's."""

import base64
import json

import pytest
from environments.build.lake import Catalog, catalog, own_copies
from environments.exceptions import NotYetError

SHARED = {
    "conn_type": "postgres",
    "host": "lake-db",
    "port": 5433,
    "schema": "catalog",
    "login": "production",
    "password": "theirs",
    "extra": {"warehouse": "s3://longshore/lake"},
}


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_where_the_catalog_is_the_shared_connection_says() -> None:
    copies = {"s3": {"KEY": "aGk="}, "job-connections": {"lake_catalog.json": encoded(SHARED)}}
    assert catalog(copies, "lake_catalog") == Catalog(host="lake-db", port=5433, database="catalog", owner="production")


def test_the_environments_connection_has_its_role_and_keeps_the_rest() -> None:
    other = encoded({"login": "flights", "password": "p"})
    copies = {"s3": {"KEY": "aGk="}, "jobs": {"lake_catalog.json": encoded(SHARED), "flights_db.json": other}}
    own = own_copies(copies, "lake_catalog", role="lake_env_mine", password="mine")
    assert own["s3"] == copies["s3"]
    assert own["jobs"]["flights_db.json"] == other
    found = json.loads(base64.b64decode(own["jobs"]["lake_catalog.json"]))
    assert found == {**SHARED, "login": "lake_env_mine", "password": "mine"}


@pytest.mark.parametrize("value", [{}, [], "text", {**SHARED, "port": "none"}])
def test_a_connection_that_says_too_little_is_told(value: object) -> None:
    with pytest.raises(NotYetError, match=r"'lake_catalog' .* needs host, schema and login"):
        catalog({"jobs": {"lake_catalog.json": encoded(value)}}, "lake_catalog")


def test_a_connection_that_is_missing_is_told() -> None:
    with pytest.raises(NotYetError, match=r"'lake_catalog\.json'"):
        catalog({"jobs": {}}, "lake_catalog")
