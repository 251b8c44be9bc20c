"""`longshore doctor` on the real embedded platform: well, broken in three ways, and with a server that hangs."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from longshore_cli.embedded.platform import Platform
from longshore_cli.templates.api import apply
from support.longshore_commands import LONGSHORE, ROOT

PAGE = (ROOT / "docs/observability.md").read_text()
SECRET, CONNECTION = ".longshore/secrets/flights-password", ".longshore/secrets/connections/reports.json"


def doctor(root: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([LONGSHORE, "doctor", *options], cwd=root, capture_output=True, text=True, check=False)


def outcomes(root: Path) -> dict[str, dict[str, Any]]:
    return {each["check"]: each for each in json.loads(doctor(root, "--json").stdout)}


@pytest.fixture
def broken(own_platform: Platform, tmp_path: Path) -> Iterator[Path]:
    """The checkout with a secret that others can read, half a connection, and a template that is not its file's."""
    root = own_platform.layout.root
    connection = (root / CONNECTION).read_text()
    changed = (ROOT / "job-templates/spark-to-spark.yaml").read_text().replace('"1g"', '"2g"')
    (tmp_path / "changed.yaml").write_text(changed)
    list(apply(own_platform.server.client(), tmp_path))
    (root / SECRET).chmod(0o644)
    (root / CONNECTION).write_text(connection[:20])
    yield root
    (root / SECRET).chmod(0o600)
    (root / CONNECTION).write_text(connection)
    list(apply(own_platform.server.client(), ROOT / "job-templates"))


def comparable(output: str) -> str:
    """Returns the output without what differs from run to run: numbers of processes and ports."""
    return re.sub(r"(127\.0\.0\.1:|process )\d+", r"\1N", output).strip()


def test_a_platform_that_is_well_passes_every_check(own_platform: Platform) -> None:
    done = doctor(own_platform.layout.root)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "ok          job server\n" in done.stdout
    assert "not checked DAG files  (Airflow does not run; `make dev` starts it)\n" in done.stdout


def test_a_broken_platform_is_told_as_the_page_shows(broken: Path) -> None:
    done = doctor(broken)
    assert done.returncode == 1
    (shown,) = re.findall(r"```console\n\$ longshore doctor\n(.*?)```", PAGE, re.DOTALL)
    assert comparable(done.stdout + done.stderr) == comparable(shown)


def test_programs_read_what_is_wrong(broken: Path) -> None:
    found = outcomes(broken)
    wrong = {check: [each["thing"] for each in found[check]["problems"]] for check in found if found[check]["problems"]}
    assert wrong == {
        "secrets": [SECRET],
        "connections": [CONNECTION],
        "job templates": ["the job template 'spark-to-spark'"],
    }


def test_a_server_that_hangs_does_not_answer(own_platform: Platform) -> None:
    port = urlsplit(own_platform.server.endpoint_url).port
    family = [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]
    # Other tests' servers may be children too.
    (server,) = [each for each in family if port in {at.laddr.port for at in each.net_connections() if not at.raddr}]
    server.send_signal(signal.SIGSTOP)
    try:
        found = outcomes(own_platform.layout.root)
    finally:
        server.send_signal(signal.SIGCONT)
    (problem,) = found["job server"]["problems"]
    assert problem["thing"] == f"the job server at {own_platform.server.endpoint_url}"
    assert "it does not answer: " in problem["reason"]
    assert f"kill {os.getpid()}" in problem["wayOut"]


def test_elsewhere_than_in_a_checkout_it_is_refused(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a checkout of Longshore" in done.stderr
