"""The whole embedded platform: database, job server, templates and the connections between them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.base.private_files import write_private
from longshore_cli.base.processes import Processes, supervised
from longshore_cli.base.progress import Say
from longshore_cli.embedded.connections import database_password, write_connections
from longshore_cli.embedded.job_server import JobServer, start_job_server
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.lock import exclusive_lock
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.sample_data import DATABASE, load_flights
from longshore_cli.templates.api import apply


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The running platform, without Airflow."""

    layout: Layout
    processes: Processes
    postgres: Postgres
    server: JobServer


@contextmanager
def embedded_platform(
    root: Path, say: Say, *, start_alongside: Callable[[Processes, Layout], None] | None = None
) -> Iterator[Platform]:
    """Starts database and job server for the checkout `root`, loads the data, applies the templates.

    Args:
        say: takes a line for each part that is ready.
        start_alongside: starts something that needs only the databases, while the other parts start.

    Raises:
        EmbeddedError: a part cannot be set up, or another platform of this checkout is running.
    """
    layout = Layout(root)
    layout.prepare()
    with exclusive_lock(layout), supervised(layout.process_logs) as processes:
        postgres = start_postgres(processes, layout.state / "postgres")
        for database in ("flights", "lake_catalog", "airflow"):
            postgres.ensure_database(database, password=database_password(layout, database))
        say(f"PostgreSQL answers at {postgres.host}:{postgres.port}")
        write_private(layout.airflow_database, postgres.url("airflow", password=database_password(layout, "airflow")))
        if start_alongside is not None:
            start_alongside(processes, layout)
        with postgres.connect(DATABASE) as connection:
            rows = load_flights(connection)
        say("tables: " + ", ".join(f"{table} {count:,}" for table, count in rows.items()))
        server = start_job_server(processes, layout)
        say(f"the EMR Containers API answers at {server.endpoint_url}")
        if server.notice is not None:
            say(server.notice)
        for line in apply(server.client(), layout.root / "job-templates"):
            say(f"job template {line}")
        write_connections(layout, postgres, server)
        try:
            yield Platform(layout=layout, processes=processes, postgres=postgres, server=server)
        finally:
            say("stopping")
            # Jobs outlive the server by design, but nothing may stay here. Without a server `supervised` ends them.
            with suppress(Exception):
                server.cancel_unfinished()
