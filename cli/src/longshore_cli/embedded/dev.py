"""`longshore dev`: runs the platform and Airflow until Ctrl-C."""

import shlex
import sys
import time
from pathlib import Path

from rich.console import Console

from longshore_cli.embedded.airflow import start_airflow
from longshore_cli.embedded.job_server import REGION
from longshore_cli.embedded.platform import Platform, embedded_platform


def run_dev(root: Path) -> None:
    """Runs everything until Ctrl-C, and prints the page's address.

    Raises:
        CliError: a part did not start, or ended.
    """
    console = Console(highlight=False)
    try:
        with embedded_platform(root.resolve(), lambda line: console.print(line, soft_wrap=True)) as platform:
            console.print("Airflow starts")
            airflow = start_airflow(platform.processes, platform.layout).wait()
            console.print(f"Airflow's page:  {airflow.url}", soft_wrap=True)
            console.print(f"Job runs:        {airflow.url}/plugin/job-runs", soft_wrap=True)
            console.print(f"The job server:  {_aws_command(platform)}", soft_wrap=True)
            console.print(f"Its metrics:     {platform.server.endpoint_url}/metrics", soft_wrap=True)
            console.print("Ctrl-C ends it.")
            while True:
                platform.processes.check()
                platform.processes.reap()
                time.sleep(1.0)
    except KeyboardInterrupt:
        console.print("Stopped. Nothing was left running.")


def _aws_command(platform: Platform) -> str:
    credentials = shlex.quote(str(platform.layout.credentials))
    aws = shlex.quote(str(Path(sys.executable).parent / "aws"))
    return (
        f"AWS_SHARED_CREDENTIALS_FILE={credentials} AWS_DEFAULT_REGION={REGION} {aws} emr-containers "
        f"list-job-templates --endpoint-url {platform.server.endpoint_url}"
    )
