"""Constraints of the model, in AWS's words."""

from typing import Any

import pytest
from emr_containers.api.model import input_member, operations
from emr_containers.api.validation import validate
from emr_containers.exceptions import ValidationException

START = next(operation.input_shape for operation in operations() if operation.name == "StartJobRun")
CREATE_CLUSTER = next(operation.input_shape for operation in operations() if operation.name == "CreateVirtualCluster")


def run(**changes: Any) -> dict[str, Any]:
    return {"virtualClusterId": "vc", "clientToken": "t", **changes}


def spark(**members: Any) -> dict[str, Any]:
    return run(jobDriver={"sparkSubmitJobDriver": {"entryPoint": "local:///x", **members}})


def message(values: dict[str, Any], shape: Any = START) -> str:
    with pytest.raises(ValidationException) as error:
        validate(shape, values)
    return str(error.value)


def test_what_the_model_allows_passes() -> None:
    validate(START, run())
    validate(START, spark(entryPointArguments=["line\nbreak", "ä"]))
    validate(START, run(executionRoleArn="arn:aws-cn:iam::000000000000:role/path/to/role"))
    uri = {"s3MonitoringConfiguration": {"logUri": "file:///tmp/ä 😀"}}
    validate(START, run(configurationOverrides={"monitoringConfiguration": uri}))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"virtualClusterId": "vc"},
            "1 validation error detected: Value null at 'clientToken' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            run(clientToken="t" * 65),
            f"Value '{'t' * 65}' at 'clientToken' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            run(clientToken=""),
            "Value '' at 'clientToken' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            run(name="a b"),
            "Value 'a b' at 'name' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            run(name="a\n"),
            r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (run(tags={f"{n}": "v" for n in range(51)}), "Value at 'tags' failed to satisfy constraint: Member must have"),
        (run(tags={"": "v"}), "Value '' at 'tags.key' failed to satisfy constraint"),
        (run(tags={"k": "v" * 257}), "at 'tags.k.member' failed to satisfy constraint"),
        (
            run(configurationOverrides={"monitoringConfiguration": {"persistentAppUI": "ON"}}),
            "Value 'ON' at 'configurationOverrides.monitoringConfiguration.persistentAppUI' failed to satisfy "
            "constraint: Member must satisfy enum value set: [ENABLED, DISABLED]",
        ),
        (
            run(
                configurationOverrides={
                    "monitoringConfiguration": {
                        "containerLogRotationConfiguration": {"rotationSize": "10MB", "maxFilesToKeep": 51}
                    }
                }
            ),
            "Value '51' at 'configurationOverrides.monitoringConfiguration.containerLogRotationConfiguration."
            "maxFilesToKeep' failed to satisfy constraint: Member must have value less than or equal to 50",
        ),
    ],
)
def test_a_broken_constraint_is_said_as_aws_says_it(values: dict[str, Any], problem: str) -> None:
    assert problem in message(values)


def test_every_problem_is_named() -> None:
    text = message({"name": "a b", "jobDriver": {"sparkSubmitJobDriver": {}}})
    assert text.startswith("4 validation errors detected: ")
    assert text.count("; ") == 3
    assert "'jobDriver.sparkSubmitJobDriver.entryPoint'" in text


def test_a_union_has_exactly_one_member() -> None:
    provider = {"type": "EKS", "id": "local", "info": {}}
    text = message({"name": "x", "clientToken": "t", "containerProvider": provider}, CREATE_CLUSTER)
    assert "'containerProvider.info' failed to satisfy constraint: exactly one member must be set" in text


def test_a_sensitive_value_is_not_repeated() -> None:
    canary = "canary-password"
    text = message(spark(sparkSubmitParameters=canary * 10_000, entryPointArguments=[canary * 1000]))
    assert text.startswith("2 validation errors detected: Value at 'jobDriver.sparkSubmitJobDriver.")
    assert canary not in text
    properties = {"spark.password": canary * 100}
    configuration = {"classification": "spark-defaults", "properties": properties}
    assert canary not in message(run(configurationOverrides={"applicationConfiguration": [configuration]}))


def test_a_long_value_is_cut() -> None:
    assert "x" * 77 + "...'" in message(run(name="x" * 1000))


def test_a_long_wrong_value_is_refused_without_delay() -> None:
    role = input_member("StartJobRun", "executionRoleArn")
    for value in (" " * 1_000_000, "arn:aws:iam::000000000000:role/" + "a/" * 500_000 + "\n"):
        with pytest.raises(ValidationException):
            validate(role, value)
        with pytest.raises(ValidationException):
            validate(input_member("CreateVirtualCluster", "clientToken"), " " * 1_000_000)
