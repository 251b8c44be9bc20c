"""The page for people who want only the job server: its session is run as it stands there."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from emr_containers.policies import load_policies
from emr_containers.rights import decide, demands

from .console import run, steps

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "job-server.md").read_text()


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A checkout with the server of `longshore server` in it, and the variables that it says to export."""
    for name in ("job-templates", "images", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    server = subprocess.Popen(
        [Path(sys.executable).parent / "longshore", "server", "--port=0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "300"},
    )
    assert server.stdout is not None
    printed = [server.stdout.readline() for _ in range(3)]
    assert printed[2] == "Ctrl-C ends it.\n", printed
    yield tmp_path, dict(word.split("=", 1) for word in printed[1].removeprefix("  export ").split())
    server.send_signal(signal.SIGINT)
    rest = server.stdout.read()
    server.stdout.close()
    assert server.wait() == 0
    assert rest == "Stopped; nothing was left running.\n"


@pytest.mark.embedded
@pytest.mark.long
def test_the_session_is_what_happens(exports: tuple[Path, dict[str, str]]) -> None:
    folder, variables = exports
    session = steps(PAGE)
    # The page's file, somewhere that is ours.
    session = [type(step)(step.command.replace("/tmp/", f"{folder}/"), step.output) for step in session]  # noqa: S108
    printed = run(session, folder=folder, environment=os.environ | variables)
    said = [_without_ids(text.replace(f"{folder}/", "/tmp/")) for text in printed]  # noqa: S108
    assert said == [_without_ids(step.output) for step in session]


def test_what_it_shows_of_the_start_is_what_is_printed() -> None:
    from longshore_cli.embedded import server_only

    source = Path(server_only.__file__).read_text()
    for line in ("The EMR Containers API answers at ", ". In another terminal:", "Ctrl-C ends it."):
        assert line in source
        assert line in PAGE


def test_the_policy_lets_a_key_start_from_templates_only(tmp_path: Path) -> None:
    (tmp_path / "policies.json").write_text(*re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    policy = load_policies(tmp_path / "policies.json", keys=["TEAMKEY"])["TEAMKEY"]

    def may(operation: str, **values: Any) -> bool:
        asked = demands(
            operation,
            path="/virtualclusters/vc/jobruns",
            values=values,
            region="us-east-1",
            account="000000000000",
            template_role=lambda: "arn:aws:iam::000000000000:role/any",
        )
        return all(decide(policy, demand) == "allowed" for demand in asked)

    assert may("StartJobRun", jobTemplateId="t")
    assert may("StartJobRun", jobTemplateId="t", tags={"longshore.dev/owner": "team-a"})
    assert not may("StartJobRun", jobTemplateId="t", tags={"longshore.dev/owner": "team-b"})
    assert may("ListJobRuns")
    assert not may("StartJobRun", executionRoleArn="arn:aws:iam::000000000000:role/any")
    assert not may("CreateJobTemplate")


def _without_ids(text: str) -> str:
    return re.sub(r"\b0[0-9a-z]{24}\b", "ID", text)
