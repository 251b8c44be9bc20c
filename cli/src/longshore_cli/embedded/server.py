"""`longshore server`: runs the job server without database and Airflow, for users with their own AWS client."""

import shlex
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from longshore_cli.base.processes import supervised
from longshore_cli.embedded.job_server import REGION, JobServer, start_job_server
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.lock import exclusive_lock


def run_server(root: Path, *, port: int, release_labels: Sequence[str]) -> None:
    """Runs the job server until Ctrl-C, and prints the settings that an AWS client needs.

    Args:
        root: the checkout.
        port: on 127.0.0.1; 0 takes a free one.
        release_labels: further names for the Spark release.

    Raises:
        CliError: the server did not start, or ended.
    """
    console = Console(highlight=False)
    layout = Layout(root.resolve())
    layout.prepare()
    try:
        with exclusive_lock(layout), supervised(layout.process_logs) as processes:
            server = start_job_server(processes, layout, port=port, release_labels=release_labels)
            try:
                console.print(f"The EMR Containers API answers at {server.endpoint_url}. In another terminal:")
                console.print(f"  {_exports(layout, server)}", soft_wrap=True)
                if server.notice is not None:
                    console.print(server.notice, soft_wrap=True)
                console.print("Ctrl-C ends it.")
                while True:
                    processes.check()
                    processes.reap()
                    time.sleep(1.0)
            finally:
                with suppress(Exception):  # without a server `supervised` ends the jobs
                    server.cancel_unfinished()
    except KeyboardInterrupt:
        console.print("Stopped. Nothing was left running.")


def _exports(layout: Layout, server: JobServer) -> str:
    variables = {
        "AWS_SHARED_CREDENTIALS_FILE": str(layout.credentials),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_EMR_CONTAINERS": server.endpoint_url,
    }
    return "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
