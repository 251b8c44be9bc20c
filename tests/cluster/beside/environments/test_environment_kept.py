"""A developer's own settings in an Airflow outlive the environment: the next one of the same name has them again."""

from typing import Any

import pytest
from cluster.environments.live import LiveEnvironment, live_environment, new_developer, new_name
from cluster.environments.traces import traces_of
from cluster.parts import Cluster, eventually

pytestmark = pytest.mark.timeout(900)
CONNECTION = {"connection_id": "own_db", "conn_type": "postgres", "host": "db.example.org", "port": 5432}


def made(environment: LiveEnvironment) -> dict[str, Any]:
    """Returns the developer's own pool, variable and connection, as far as they exist."""
    airflow = environment.airflow()
    pools = {pool["name"]: pool["slots"] for pool in airflow.get_all("pools", member="pools")}
    variables = {each["key"]: each["value"] for each in airflow.get_all("variables", member="variables")}
    connections = {each["connection_id"]: each for each in airflow.get_all("connections", member="connections")}
    return {
        "pool": pools.get("narrow"),
        "variable": variables.get("colour"),
        "connection": {key: connections.get("own_db", {}).get(key) for key in ("host", "port", "login")},
    }


def test_connections_variables_and_pools_are_there_again_for_their_owner_alone(cluster: Cluster) -> None:
    name, owner, somebody_else = new_name(), new_developer(), new_developer()
    with live_environment(cluster, name=name, owner=owner) as first:
        first.wait_for("Ready")
        airflow = first.airflow()
        airflow.call("POST", "variables", {"key": "colour", "value": "blaugrün"})
        airflow.call("POST", "pools", {"name": "narrow", "slots": 2})
        airflow.call("POST", "connections", {**CONNECTION, "login": "me", "password": "canary"})
        before = made(first)
    assert before == {
        "pool": 2,
        "variable": "blaugrün",
        "connection": {"host": "db.example.org", "port": 5432, "login": "me"},
    }
    with live_environment(cluster, name=name, owner=somebody_else) as another:
        another.wait_for("Ready")
        assert made(another) == {"pool": None, "variable": None, "connection": dict.fromkeys(("host", "port", "login"))}
    with live_environment(cluster, name=name, owner=owner) as second:
        second.wait_for("Ready")
        eventually(lambda: made(second) == before, seconds=180, what="what was kept")
        # As `longshore env delete --forget` does.
        second.annotate("longshore.dev/forget", "true")
    assert traces_of(cluster, name) == set()
