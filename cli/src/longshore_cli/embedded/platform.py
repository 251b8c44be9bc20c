"""The embedded platform as a whole: database, job server, templates and the connections between them."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.embedded.flights import DATABASE, load_flights
from longshore_cli.embedded.job_server import ACCESS_KEY, REGION, JobServer, start_job_server
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.embedded.processes import Processes, supervised
from longshore_cli.embedded.secrets import keep_secret, write_connection, write_private
from longshore_cli.exceptions import EmbeddedError
from longshore_cli.templates.commands import apply

ROLE = "arn:aws:iam::000000000000:role/longshore-job"
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Everything but Airflow, running."""

    layout: Layout
    processes: Processes
    postgres: Postgres
    server: JobServer


@contextmanager
def embedded_platform(root: Path, say: Say) -> Iterator[Platform]:
    """Starts database and job server for the checkout `root`, loads the data, applies the templates.

    Args:
        say: is given a line for each thing that is ready.

    Raises:
        EmbeddedError: a part cannot be set up, or another platform of this checkout is running.
    """
    layout = Layout(root)
    layout.prepare()
    with only_one(layout), supervised(layout.process_logs) as processes:
        postgres = start_postgres(processes, layout.state / "postgres")
        for database in ("flights", "lake_catalog", "airflow"):
            postgres.ensure_database(database, password=_password(layout, database))
        say(f"PostgreSQL answers at {postgres.host}:{postgres.port}")
        with postgres.connect(DATABASE) as connection:
            rows = load_flights(connection)
        say("tables: " + ", ".join(f"{table} {count:,}" for table, count in rows.items()))
        server = start_job_server(processes, layout)
        say(f"the EMR Containers API answers at {server.endpoint_url}")
        for line in apply(server.client(), layout.root / "job-templates"):
            say(f"job template {line}")
        _write_connections(layout, postgres, server)
        try:
            yield Platform(layout=layout, processes=processes, postgres=postgres, server=server)
        finally:
            say("stopping")
            # Jobs outlive the server by design; here nothing may stay. Without a server `supervised` ends them.
            with suppress(Exception):
                server.cancel_unfinished()


def _password(layout: Layout, database: str) -> str:
    return keep_secret(layout.secrets / f"{database}-password")


def _write_connections(layout: Layout, postgres: Postgres, server: JobServer) -> None:
    for connection_id, database, extra in (
        ("flights_db", "flights", {}),
        ("lake_catalog", "lake_catalog", {"warehouse": layout.lake.as_uri()}),
    ):
        password = _password(layout, database)
        connection = {"conn_type": "postgres", "host": postgres.host, "port": postgres.port, "schema": database}
        connection |= {"login": database, "password": password, "extra": extra}
        write_connection(layout.connections, connection_id, connection)
    write_connection(layout.connections, "reports", {"conn_type": "fs", "extra": {"path": str(layout.reports)}})
    write_private(layout.airflow_database, postgres.url("airflow", password=_password(layout, "airflow")))
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


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Keeps others of this checkout away while the block runs.

    Raises:
        EmbeddedError: another one runs.
    """
    with (layout.state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"The platform of {str(layout.root)!r} runs already (`make demo`, `make dev` or `make server`); end "
                "that one first."
            ) from None
        yield
