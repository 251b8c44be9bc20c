"""The schema lets good environments through and refuses bad ones; its rules are looked at by a cluster's tests."""

import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from environments.observed.airflow_state import MAX_CHARACTERS, MAX_ERRORS
from environments.resource.names import GROUP, MAX_NAME_LENGTH, PLURAL, VERSION
from environments.resource.spec import SIZES
from helm.rendering import Helm, by_kind
from images.environments.resource.descriptions import DESCRIPTION, TIMEZONE
from images.environments.resource.specs import BAD, GOOD, Case

Manifests = list[dict[str, Any]]


@pytest.fixture
def crd(kind: Manifests) -> dict[str, Any]:
    return by_kind(kind, "CustomResourceDefinition")[f"{PLURAL}.{GROUP}"]


@pytest.fixture
def version(crd: dict[str, Any]) -> dict[str, Any]:
    (only,) = crd["spec"]["versions"]
    return only


@pytest.fixture
def schema(version: dict[str, Any]) -> dict[str, Any]:
    return version["schema"]["openAPIV3Schema"]


def refusals(case: Case, schema: dict[str, Any]) -> list[str]:
    found = jsonschema.Draft202012Validator(schema).iter_errors(case.body)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.what)
def test_a_good_environment_fits(schema: dict[str, Any], case: Case) -> None:
    assert refusals(case, schema) == []


@pytest.mark.parametrize("case", [each for each in BAD if each.refused_by == "schema"], ids=lambda case: case.what)
def test_a_bad_one_is_refused_by_its_field(schema: dict[str, Any], case: Case) -> None:
    found = refusals(case, schema)
    assert any(case.says in each for each in found), found


@pytest.mark.parametrize("case", [each for each in BAD if each.refused_by != "schema"], ids=lambda case: case.what)
def test_what_a_rule_or_the_controller_refuses_fits(schema: dict[str, Any], case: Case) -> None:
    assert refusals(case, schema) == []


@pytest.mark.parametrize("case", [each for each in BAD if each.refused_by == "rule"], ids=lambda case: case.what)
def test_every_refusal_that_a_cluster_has_to_show_is_some_rules_message(schema: dict[str, Any], case: Case) -> None:
    assert any(case.says in each["message"] for each in rules(schema))


def rules(at: Any) -> list[dict[str, str]]:
    if isinstance(at, list):
        return [each for item in at for each in rules(item)]
    if not isinstance(at, dict):
        return []
    return [*at.get("x-kubernetes-validations", []), *(each for item in at.values() for each in rules(item))]


def test_every_text_that_a_rule_reads_has_an_end(schema: dict[str, Any]) -> None:
    """Else a rule may cost more than the API server lets a schema."""

    def check(at: dict[str, Any], path: str) -> None:
        for name, below in at.get("properties", {}).items():
            check(below, f"{path}.{name}")
        if at.get("type") == "string" and "enum" not in at:
            assert "maxLength" in at, path
        if at.get("type") == "array":
            assert "maxItems" in at, path
        if "additionalProperties" in at:
            assert "maxProperties" in at, path

    check(schema["properties"]["spec"], "spec")


def test_every_field_is_explained(schema: dict[str, Any]) -> None:
    for part in ("spec", "status"):
        for name, field in schema["properties"][part]["properties"].items():
            assert field.get("description"), f"{part}.{name}"


def test_a_field_is_in_the_schema_by_its_description_alone(helm: Helm, chart: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(chart, tmp_path / "environments")
    described = {**DESCRIPTION, "fields": {**DESCRIPTION["fields"], "timezone": TIMEZONE}}
    (copy / "spec.yaml").write_text(yaml.safe_dump(described))
    rendered = helm.template(copy, namespace="environments", values=[copy / "values-kind.yaml"])
    (version,) = by_kind(rendered, "CustomResourceDefinition")[f"{PLURAL}.{GROUP}"]["spec"]["versions"]
    found = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert found["properties"] == {name: field["schema"] for name, field in described["fields"].items()}
    assert (found["required"], found["x-kubernetes-validations"]) == (DESCRIPTION["required"], DESCRIPTION["rules"])


def test_a_description_that_cannot_be_read_makes_no_schema_without_fields(
    helm: Helm, chart: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(chart, tmp_path / "environments")
    (copy / "spec.yaml").write_text("fields: [")
    said = helm.refusal(copy, namespace="environments", values=[copy / "values-kind.yaml"])
    assert "spec.yaml of the chart environments cannot be read" in said


def test_patterns_are_of_the_kind_that_the_api_server_reads(schema: dict[str, Any]) -> None:
    """Go's RE2 knows neither look-around nor back references."""
    for pattern in re.findall(r"'pattern': ('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", str(schema)):
        assert "(?" not in pattern, pattern


def test_the_controller_and_the_schema_agree(schema: dict[str, Any], version: dict[str, Any]) -> None:
    assert version["name"] == VERSION
    properties = schema["properties"]
    assert properties["spec"]["properties"]["size"]["enum"] == list(SIZES)
    errors = properties["status"]["properties"]["importErrors"]
    assert (errors["maxItems"], errors["items"]["properties"]["message"]["maxLength"]) == (MAX_ERRORS, MAX_CHARACTERS)
    assert f"size(self.metadata.name) <= {MAX_NAME_LENGTH}" in [each["rule"] for each in rules(schema)]


def test_it_stays_when_the_chart_goes(crd: dict[str, Any]) -> None:
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_a_list_shows_what_one_looks_for(version: dict[str, Any]) -> None:
    columns = [each["name"] for each in version["additionalPrinterColumns"]]
    assert columns == ["Owner", "Branch", "Phase", "Commit", "URL", "Expires", "Age"]
    assert version["subresources"] == {"status": {}}
