"""Constraints of the model, in AWS's words."""

from collections.abc import Iterator
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


def test_case_4_a_text_that_is_too_long_is_not_compared_with_its_pattern() -> None:
    key = "arn:aws:kms:" + "::key/a" * 100_000 + "!"  # which would take minutes
    monitoring = {"s3MonitoringConfiguration": {"logUri": "s3://b/p", "encryptionKeyArn": key}}
    said = message(run(configurationOverrides={"monitoringConfiguration": monitoring}))
    assert said.startswith("1 validation error detected: ")
    assert "less than or equal to 2048" in said


def strings(shape: Any, known: set[str]) -> Iterator[Any]:
    """Yields the shapes of texts in a shape, each once."""
    if shape.name in known:
        return
    known.add(shape.name)
    if shape.type_name == "string":
        yield shape
    inner = {"structure": lambda: shape.members.values(), "list": lambda: [shape.member]}
    for member in inner.get(shape.type_name, list)():
        yield from strings(member, known)


def test_case_4_so_is_one_to_which_the_model_gives_no_length() -> None:
    shapes = {
        shape.name: shape
        for operation in operations()
        for shape in strings(operation.input_shape, set())
        if shape.metadata.get("pattern") and "max" not in shape.metadata
    }
    assert shapes
    for shape in shapes.values():
        with pytest.raises(ValidationException, match="regular expression"):
            validate(shape, "arn:aws:sso:::application/ssoins-" + "a/" * 100_000, place="it")
