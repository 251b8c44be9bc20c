"""Environments have the same rights in the local cluster as their page documents for every cluster."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cli.cluster.secrets.test_manifests import KEYS
from emr_containers.access.policies import load_policies
from emr_containers.access.rights import Policy, decide, required_permissions
from longshore_cli.cluster.secrets.policies import bucket_policy, job_server_policies

PAGE = (Path(__file__).parents[4] / "docs" / "environments" / "operating.md").read_text()
OF_PRODUCTION, OF_ANOTHER = "/virtualclusters/vc1/jobruns", "/virtualclusters/vc2/jobruns"


def shown(word: str) -> Any:
    """The one JSON document of the page that has the word."""
    blocks: list[str] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (block,) = (block for block in blocks if word in block)
    return json.loads(block.replace("ENVIRONMENTSKEY", "EAK").replace("PRODUCTION", "vc1").replace("111122223333-", ""))


def policies(tmp_path: Path, *, production: str | None) -> dict[str, Policy]:
    """Returns the policies by key, as the job server reads them."""
    (tmp_path / "policies.json").write_text(json.dumps(job_server_policies(KEYS, production=production)))
    return load_policies(tmp_path / "policies.json", keys=["AK", "EAK"], region="us-east-1", account="000000000000")


def may(policy: Policy, operation: str, path: str) -> bool:
    asked = required_permissions(
        operation, path=path, values={}, region="r", account="1", template_role=lambda: "arn:aws:iam::1:role/a"
    )
    return all(decide(policy, demand) == "allowed" for demand in asked)


def test_the_job_servers_policy_is_the_one_of_the_page() -> None:
    ours = job_server_policies(KEYS, production="vc1")
    assert {"EAK": ours["EAK"]} == shown("emr-containers:")


@pytest.mark.parametrize(
    "operation", ["ListJobRuns", "CreateVirtualCluster", "DeleteVirtualCluster", "CreateJobTemplate"]
)
def test_the_platforms_key_may_do_everything(operation: str, tmp_path: Path) -> None:
    assert may(policies(tmp_path, production="vc1")["AK"], operation, OF_PRODUCTION)


@pytest.mark.parametrize(("production", "allowed"), [("vc1", True), (None, False)])
def test_without_a_known_virtual_cluster_environments_may_use_none(
    production: str | None, allowed: bool, tmp_path: Path
) -> None:
    policy = policies(tmp_path, production=production)["EAK"]
    assert may(policy, "ListJobRuns", OF_ANOTHER) == allowed
    assert not may(policy, "ListJobRuns", OF_PRODUCTION)


def test_the_buckets_policy_is_the_one_of_the_page_for_the_environments_key() -> None:
    ours = bucket_policy(KEYS)
    assert [statement.pop("Principal") for statement in ours["Statement"]] == [{"AWS": ["EAK"]}] * 2
    assert ours == shown("s3:PutObject")
