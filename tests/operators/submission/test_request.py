from typing import Any

import pytest
from longshore.connection.settings import PlatformSettings
from longshore.exceptions import InvalidArgumentError
from longshore.submission.attempt import Attempt, client_token
from longshore.submission.request import ContainerLaunch, TemplateLaunch, start_request

ATTEMPT = Attempt("default", "dag", "run", "task", -1, 1, "id")
OPTIONS: dict[str, Any] = {
    "virtual_cluster_id": "vc",
    "name": None,
    "owner": "team-a",
    "tags": {},
    "retry_max_attempts": None,
}


def test_template_request_says_no_more_than_it_must() -> None:
    request = start_request(ATTEMPT, TemplateLaunch("tpl"), PlatformSettings("c"), **OPTIONS)
    assert request.pop("name").startswith("dag.task-")
    assert request == {
        "virtualClusterId": "vc",
        "clientToken": client_token(ATTEMPT),
        "jobTemplateId": "tpl",
        "tags": {"longshore.dev/owner": "team-a"},
    }


def test_request_carries_parameters_logs_tags_and_retry_policy() -> None:
    launch = TemplateLaunch("tpl", {"source": "a"})
    options = {**OPTIONS, "tags": {"team": 1}, "retry_max_attempts": 3, "name": "nightly"}
    request = start_request(ATTEMPT, launch, PlatformSettings("c", log_uri="file:///l"), **options)
    assert request["jobTemplateParameters"] == {"source": "a"}
    assert request["tags"] == {"longshore.dev/owner": "team-a", "team": "1"}
    assert request["retryPolicyConfiguration"] == {"maxAttempts": 3}
    assert request["name"].startswith("nightly-")
    monitoring = request["configurationOverrides"]["monitoringConfiguration"]
    assert monitoring == {"s3MonitoringConfiguration": {"logUri": "file:///l"}}


@pytest.mark.parametrize(
    ("owner", "tag"),
    [
        ("airflow", "airflow"),
        ("Data.Platform_1", "Data.Platform_1"),
        ("team a, team b", "team-a-team-b"),
        ("jane@example.com", "jane-example.com"),
        ("배달 team", "team"),
        ("  (team)  ", "team"),
        ("x" * 70, "x" * 63),
        ("x" * 62 + "..y", "x" * 62),
    ],
)
def test_the_tasks_owner_is_a_tag_that_can_be_a_label(owner: str, tag: str) -> None:
    request = start_request(ATTEMPT, TemplateLaunch("t"), PlatformSettings("c"), **{**OPTIONS, "owner": owner})
    assert request["tags"] == {"longshore.dev/owner": tag}


def test_an_owner_of_which_nothing_can_be_said_is_left_out() -> None:
    request = start_request(ATTEMPT, TemplateLaunch("t"), PlatformSettings("c"), **{**OPTIONS, "owner": "배달"})
    assert "tags" not in request


def test_a_users_own_tag_wins_over_the_owner() -> None:
    options = {**OPTIONS, "tags": {"longshore.dev/owner": "team-b"}}
    request = start_request(ATTEMPT, TemplateLaunch("t"), PlatformSettings("c"), **options)
    assert request["tags"] == {"longshore.dev/owner": "team-b"}


def test_container_request_names_image_program_and_role() -> None:
    launch = ContainerLaunch("delay-report", "report.py", ["--top", 10], "arn:role")
    request = start_request(ATTEMPT, launch, PlatformSettings("c"), **OPTIONS)
    assert request["releaseLabel"] == "delay-report"
    assert request["executionRoleArn"] == "arn:role"
    assert request["jobDriver"] == {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/report.py",
            "entryPointArguments": ["--top", "10"],
        }
    }
    assert "jobTemplateId" not in request


def test_container_request_without_arguments_has_none() -> None:
    driver = ContainerLaunch("i", "a/b.py", (), "r").fields()["jobDriver"]["sparkSubmitJobDriver"]
    assert driver == {"entryPoint": "local:///opt/longshore/a/b.py"}


@pytest.mark.parametrize(
    ("launch", "message"),
    [
        (ContainerLaunch("registry/app:1.0", "a.py", (), "r"), "image is 'registry/app:1.0': give a release label"),
        (ContainerLaunch("", "a.py", (), "r"), "image is ''"),
        (ContainerLaunch("i", "/etc/a.py", (), "r"), "entry_point is '/etc/a.py'"),
        (ContainerLaunch("i", "../a.py", (), "r"), "entry_point is '../a.py'"),
        (ContainerLaunch("i", "a.py", ["x", " "], "r"), "holds an empty one"),
        (TemplateLaunch("t", {"text": "x" * 1025}), "'text' has 1025 characters, and the API takes 1024"),
    ],
)
def test_what_the_api_would_refuse_is_named(launch: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        start_request(ATTEMPT, launch, PlatformSettings("c"), **OPTIONS)


@pytest.mark.parametrize("attempts", [0, -1, True])
def test_retry_policy_begins_with_one(attempts: int) -> None:
    with pytest.raises(InvalidArgumentError, match="retry_max_attempts is "):
        start_request(
            ATTEMPT, TemplateLaunch("t"), PlatformSettings("c"), **{**OPTIONS, "retry_max_attempts": attempts}
        )
