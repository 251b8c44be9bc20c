"""The page for people who want only the job server: what it shows of the start, and its policy.

`embedded/more/test_job_server_page.py` runs its session.
"""

import re
from pathlib import Path
from typing import Any

from emr_containers.access.policies import load_policies
from emr_containers.access.rights import decide, required_permissions

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "job-server.md").read_text()


def test_what_it_shows_of_the_start_is_what_is_printed() -> None:
    from longshore_cli.embedded import server

    source = Path(server.__file__).read_text()
    for line in ("The EMR Containers API answers at ", ". In another terminal:", "Ctrl-C ends it."):
        assert line in source
        assert line in PAGE


def test_the_policy_lets_a_key_start_from_templates_only(tmp_path: Path) -> None:
    (tmp_path / "policies.json").write_text(*re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    policy = load_policies(tmp_path / "policies.json", keys=["TEAMKEY"], region="us-east-1", account="000000000000")[
        "TEAMKEY"
    ]

    def may(operation: str, **values: Any) -> bool:
        asked = required_permissions(
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
    run, done = (
        "arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/vc/jobruns/j",
        "longshore.dev/task-state",
    )
    assert may("TagResource", resourceArn=run, tags={done: "success"})
    assert not may("TagResource", resourceArn=run, tags={done: "success", "longshore.dev/owner": "team-b"})
    assert not may("StartJobRun", jobTemplateId="t", tags={done: "success", "longshore.dev/owner": "team-b"})
    assert may("ListJobRuns")
    assert not may("StartJobRun", executionRoleArn="arn:aws:iam::000000000000:role/any")
    assert not may("CreateJobTemplate")
