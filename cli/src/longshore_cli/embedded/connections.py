"""The connections of the embedded platform: one file for each that jobs read, and one file for Airflow."""

import json
from pathlib import Path
from typing import Any

from longshore_cli.base.private_files import read_or_create_secret, write_private
from longshore_cli.embedded.job_server import ACCESS_KEY, REGION, JobServer
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres import Postgres

ROLE = "arn:aws:iam::000000000000:role/longshore-job"


def database_password(layout: Layout, database: str) -> str:
    """Returns the password of a database's owner."""
    return read_or_create_secret(layout.secrets / f"{database}-password")


def write_connections(layout: Layout, postgres: Postgres, server: JobServer) -> None:
    """Writes the connections of jobs and of Airflow."""
    for connection_id, database, extra in (
        ("flights_db", "flights", {}),
        # Hadoop takes the path as it is written: %20 would be a folder of that name.
        ("lake_catalog", "lake_catalog", {"warehouse": f"file://{layout.lake}"}),
    ):
        password = database_password(layout, database)
        connection = {"conn_type": "postgres", "host": postgres.host, "port": postgres.port, "schema": database}
        connection |= {"login": database, "password": password, "extra": extra}
        write_connection(layout.connections, connection_id, connection)
    write_connection(layout.connections, "reports", {"conn_type": "fs", "extra": {"path": str(layout.reports)}})
    service = {
        "endpoint_url": server.endpoint_url,
        "virtual_cluster_id": server.virtual_cluster_id,
        "execution_role_arn": ROLE,
        "log_uri": layout.job_logs.as_uri(),
        "artifact_uri": layout.artifacts.as_uri(),
    }
    aws = {
        "conn_type": "aws",
        "login": ACCESS_KEY,
        "password": server.secret_key,
        "extra": {"region_name": REGION, "service_config": {"emr-containers": service}},
    }
    write_private(layout.airflow_connections, json.dumps({"aws_default": aws}, indent=2))


def write_connection(folder: Path, connection_id: str, connection: dict[str, Any]) -> None:
    """Writes a connection as jobs read it: `<folder>/<connection_id>.json`, in Airflow's JSON form."""
    write_private(folder / f"{connection_id}.json", json.dumps(connection, indent=2))
