"""`longshore jobs describe` of a transfer on the real embedded platform, as the page shows it."""

import os
import re
import subprocess

from longshore_cli.embedded.platform import Platform
from support.job_runs import ended, start_template
from support.longshore_commands import LONGSHORE, ROOT

PAGE = (ROOT / "docs/observability.md").read_text()


def names(lines: str) -> list[str]:
    """Returns the names at the beginning of the lines."""
    return [line[:16].strip() for line in lines.splitlines() if line[:16].strip()]


def test_a_transfer_is_described_as_the_page_shows(own_platform: Platform) -> None:
    target = "lake.observed.airlines"
    parameters = {"connection_id": "flights_db", "source": "airlines", "target": target, "engine": "copy"}
    run = start_template(own_platform, "jdbc-to-spark", **parameters)
    assert ended(own_platform, run)["state"] == "COMPLETED"
    environment = {
        "AWS_SHARED_CREDENTIALS_FILE": str(own_platform.layout.credentials),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_EMR_CONTAINERS": own_platform.server.endpoint_url,
    }
    done = subprocess.run(
        [LONGSHORE, "jobs", "describe", run],
        env=os.environ | environment,
        cwd=own_platform.layout.root,
        capture_output=True,
        text=True,
        check=True,
    )
    (shown,) = re.findall(r"```console\n\$ longshore jobs describe JOB_RUN_ID\n(.*?)```", PAGE, re.DOTALL)
    assert names(done.stdout) == names(shown), done.stdout
    rows = {line[:16].strip(): line[16:] for line in done.stdout.splitlines()}
    assert rows["template"].startswith("jdbc-to-spark (")
    assert f"--target {target}\n" in done.stdout
    assert ", waited " in rows["started"]
    assert ", ran " in rows["ended"]
