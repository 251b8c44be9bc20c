from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import ConnectionSettingsError, InvalidArgumentError
from longshore.operators import ContainerOperator

ROLE = "arn:aws:iam::000000000000:role/longshore"


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, execution_role_arn=ROLE)


def test_image_is_run_without_a_template(api: Any, run: Any, make_ti: Any) -> None:
    operator = ContainerOperator(task_id="t", image="delay-report", entry_point="report.py", arguments=["--top", 10])
    run(operator, make_ti())
    body = api.asked("POST")[0][2]
    assert (body["releaseLabel"], body["executionRoleArn"]) == ("delay-report", ROLE)
    assert body["jobDriver"]["sparkSubmitJobDriver"] == {
        "entryPoint": "local:///opt/longshore/report.py",
        "entryPointArguments": ["--top", "10"],
    }


def test_environment_is_what_the_server_exports(api: Any, connect: Any, run: Any, make_ti: Any) -> None:
    connect(api.url, execution_role_arn=ROLE, log_uri="file:///logs")
    environment = {"REPORT_DAY": "{{ day }}", "TOP": 10}
    operator = ContainerOperator(task_id="t", image="i", entry_point="report.py", environment=environment)
    operator.render_template_fields({"day": "2026-01-01"})  # type: ignore[typeddict-item]
    run(operator, make_ti())
    exported = {"classification": "export", "properties": {"REPORT_DAY": "2026-01-01", "TOP": "10"}}
    assert api.asked("POST")[0][2]["configurationOverrides"] == {
        "applicationConfiguration": [{"classification": "spark-env", "configurations": [exported]}],
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "file:///logs"}},
    }


def test_resources_are_given_by_sparks_names(api: Any, run: Any, make_ti: Any) -> None:
    resources = {"memory": "{{ memory }}", "cpu": "500m", "cpu_limit": 2}
    operator = ContainerOperator(task_id="t", image="i", entry_point="report.py", container_resources=resources)
    operator.render_template_fields({"memory": "512m"})  # type: ignore[typeddict-item]
    run(operator, make_ti())
    properties = {
        "spark.driver.memory": "512m",
        "spark.kubernetes.driver.request.cores": "500m",
        "spark.kubernetes.driver.limit.cores": "2",
    }
    assert api.asked("POST")[0][2]["configurationOverrides"] == {
        "applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]
    }


@pytest.mark.parametrize("argument", ["secrets", "volumes"])
def test_what_belongs_to_the_release_is_refused_by_name(argument: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"^{argument} cannot be given by a task: .*release table"):
        ContainerOperator(task_id="t", image="i", entry_point="report.py", **{argument: {"a": "b"}})


def test_failure_names_the_image(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "CANCELLED"}]
    with pytest.raises(Exception, match="of image 'delay-report' was cancelled"):
        run(ContainerOperator(task_id="t", image="delay-report", entry_point="report.py"), make_ti())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": "registry/app:1"}, "image is 'registry/app:1'"),
        ({"entry_point": "/report.py"}, "entry_point is '/report.py'"),
        ({"arguments": "--top 10"}, "arguments is the text '--top 10': give a list"),
        ({"arguments": [""]}, "holds an empty one"),
        ({"environment": {"1A": "b"}}, "environment has '1A'"),
        ({"environment": {"A": None}}, r"environment\['A'\] is None"),
        ({"environment": "A=b"}, "environment is 'A=b': give a mapping"),
        ({"container_resources": {"gpu": 1}}, "no key 'gpu': it knows memory, cpu, cpu_limit"),
        ({"container_resources": {"memory": "512Mi"}}, r"container_resources\['memory'\] is '512Mi'"),
        ({"container_resources": {"cpu": "many"}}, r"container_resources\['cpu'\] is 'many'"),
    ],
)
def test_wrong_argument_starts_nothing(
    api: Any, run: Any, make_ti: Any, arguments: dict[str, Any], message: str
) -> None:
    operator = ContainerOperator(task_id="t", **{"image": "delay-report", "entry_point": "report.py", **arguments})
    with pytest.raises(InvalidArgumentError, match=message):
        run(operator, make_ti())
    assert api.requests == []


def test_connection_without_a_role_is_named(api: Any, connect: Any, run: Any, make_ti: Any) -> None:
    connect(api.url)
    with pytest.raises(ConnectionSettingsError, match="'aws_default' has no 'execution_role_arn'"):
        run(ContainerOperator(task_id="t", image="delay-report", entry_point="report.py"), make_ti())
