"""The policies file: what is wrong in it is said at the start, by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from emr_containers.access.policies import load_policies
from emr_containers.access.rights import Condition, Policy, Statement
from emr_containers.exceptions import ConfigurationError

TEMPLATE = "arn:aws:emr-containers:us-east-1:000000000000:/jobtemplates/t1"
ALLOW = {"Effect": "Allow", "Action": "emr-containers:*", "Resource": "*"}


def loaded(path: Path, document: Any) -> dict[str, Policy]:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return load_policies(path, keys=["KEY", "OTHER"], region="us-east-1", account="000000000000")


def policy(*statements: Any, **changes: Any) -> dict[str, Any]:
    return {"KEY": {"Version": "2012-10-17", "Statement": list(statements)} | changes}


def test_a_policy_is_read_as_iam_has_it(tmp_path: Path) -> None:
    statement = {
        "Sid": "TemplatesOnly",
        "Effect": "Allow",
        "Action": ["emr-containers:StartJobRun", "emr-containers:Describe*"],
        "Resource": ["*"],
        "Condition": {
            "ArnLike": {"EMR-containers:jobTemplateArn": TEMPLATE},
            "StringEquals": {"aws:requesttag/Team": ["a", "b"]},
        },
    }
    document = policy(statement) | {"OTHER": {"Version": "2012-10-17", "Id": "all", "Statement": ALLOW}}
    assert loaded(tmp_path / "policies.json", document) == {
        "KEY": (
            Statement(
                effect="Allow",
                actions=("emr-containers:StartJobRun", "emr-containers:Describe*"),
                resources=("*",),
                conditions=(
                    Condition(operator="ArnLike", key="emr-containers:JobTemplateArn", values=(TEMPLATE,)),
                    Condition(operator="StringEquals", key="aws:RequestTag/Team", values=("a", "b")),
                ),
            ),
        ),
        "OTHER": (Statement(effect="Allow", actions=("emr-containers:*",), resources=("*",)),),
    }
    assert loaded(tmp_path / "policies.json", {}) == {}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "is not JSON"),
        ('{"KEY": {}, "KEY": {}}', "appears twice"),
        ('{"KEY": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Effect": "Allow"}]}}', "appears twice"),
        ("[" * 100_000, "is not JSON"),
        ([], "must be an object of policies by access key"),
        ({"STRANGER": {}}, "the access key 'STRANGER', which is not one of the server's keys"),
        ({"KEY": []}, "the policy of 'KEY' must be an object with Version and Statement"),
        (policy(Principal="*"), "the policy of 'KEY' must be an object with Version and Statement"),
        (policy(ALLOW, Version="2008-10-17"), "must have the Version '2012-10-17'"),
        (policy(ALLOW, 1), "statement 2 of the policy of 'KEY' must have Effect, Action and Resource"),
        (policy({"Effect": "Allow", "Resource": "*"}), "must have Effect, Action and Resource"),
        (policy({**ALLOW, "NotAction": "*"}), "must have Effect, Action and Resource, and may have Sid and Condition"),
        (policy({**ALLOW, "Principal": "*"}), "nothing else"),
        (policy({**ALLOW, "Effect": "allow"}), "has the Effect 'allow'; use 'Allow' or 'Deny'"),
        (policy({**ALLOW, "Action": "emr-containers:StartJobRuns"}), "the Action 'emr-containers:StartJobRuns', which"),
        (policy({**ALLOW, "Action": ["s3:GetObject"]}), "the Action 's3:GetObject', which no operation has"),
        (policy({**ALLOW, "Action": []}), "Action in statement 1 of the policy of 'KEY' must be a text, or a list"),
        (policy({**ALLOW, "Action": ""}), "must be a text, or a list of texts, none of them empty"),
        (policy({**ALLOW, "Action": {}}), "must be a text, or a list"),
        (policy({**ALLOW, "Resource": "vc1"}), "the Resource 'vc1'; use '*' or an ARN of six parts"),
        (policy({**ALLOW, "Resource": "arn:aws:emr-containers:*:/virtualclusters/a"}), "an ARN of six parts"),
        (policy({**ALLOW, "Resource": [1]}), "must be a text, or a list"),
        (policy({**ALLOW, "Condition": []}), "a Condition that is not operators, each with its keys and values"),
        (policy({**ALLOW, "Condition": {"ArnLike": TEMPLATE}}), "a Condition that is not operators"),
        (policy({**ALLOW, "Condition": {"Bool": {"a": "b"}}}), "the condition operator 'Bool'; it may be ArnEquals, "),
        (
            policy({**ALLOW, "Condition": {"StringEquals": {"aws:SourceIp": "1"}}}),
            "the condition key 'aws:SourceIp'; it may be emr-containers:JobTemplateArn, "
            "emr-containers:ExecutionRoleArn or aws:RequestTag/NAME",
        ),
        (policy({**ALLOW, "Condition": {"StringEquals": {"aws:RequestTag/": "1"}}}), "the condition key"),
        (
            policy({**ALLOW, "Condition": {"ArnLike": {"emr-containers:JobTemplateArn": "t1"}}}),
            "ArnLike of emr-containers:JobTemplateArn in statement 1 of the policy of 'KEY' has 't1'; use",
        ),
        (policy({**ALLOW, "Condition": {"StringEquals": {"aws:RequestTag/a": [True]}}}), "must be a text, or a list"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name_and_reason(tmp_path: Path, document: Any, reason: str) -> None:
    path = tmp_path / "policies.json"
    with pytest.raises(ConfigurationError) as error:
        loaded(path, document)
    assert str(error.value).startswith(f"The policies file {str(path)!r}")
    assert reason in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_policies(tmp_path / "none", keys=[], region="us-east-1", account="000000000000")
