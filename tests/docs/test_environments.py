"""The policy on the page of environments keeps their key from production's virtual cluster, and from nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
from emr_containers.access.policies import load_policies
from emr_containers.access.rights import Policy, decide, required_permissions

PAGE = (Path(__file__).parents[2] / "docs" / "environments" / "operating.md").read_text()
PRODUCTION = "production"
"""An ID that the page leaves to its reader."""
ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    blocks: list[str] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (shown,) = (block for block in blocks if "emr-containers:" in block)
    (tmp_path / "policies.json").write_text(shown.replace("PRODUCTION", PRODUCTION))
    return load_policies(
        tmp_path / "policies.json", keys=["ENVIRONMENTSKEY"], region="us-east-1", account="000000000000"
    )["ENVIRONMENTSKEY"]


def may(policy: Policy, operation: str, path: str, **values: Any) -> bool:
    asked = required_permissions(
        operation, path=path, values=values, region="us-east-1", account="000000000000", template_role=lambda: ROLE
    )
    return all(decide(policy, demand) == "allowed" for demand in asked)


def test_an_environment_does_what_its_operators_need(policy: Policy) -> None:
    runs = "/virtualclusters/OTHER/jobruns"
    assert may(policy, "StartJobRun", runs, executionRoleArn=ROLE, tags={"longshore.dev/owner": "team-a"})
    assert may(policy, "StartJobRun", runs, jobTemplateId="t")
    assert may(policy, "ListJobRuns", runs)
    assert may(policy, "DescribeJobRun", f"{runs}/r")
    assert may(policy, "CancelJobRun", f"{runs}/r")
    assert may(policy, "ListJobTemplates", "/jobtemplates")
    assert not may(policy, "CreateVirtualCluster", "/virtualclusters")


def test_it_does_nothing_in_productions_virtual_cluster(policy: Policy) -> None:
    runs = f"/virtualclusters/{PRODUCTION}/jobruns"
    assert not may(policy, "StartJobRun", runs, executionRoleArn=ROLE)
    assert not may(policy, "StartJobRun", runs, jobTemplateId="t")
    assert not may(policy, "ListJobRuns", runs)
    assert not may(policy, "CancelJobRun", f"{runs}/r")
