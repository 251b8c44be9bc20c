"""Every value is explained, in the schema and used; what the schema does not know is refused by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm
from helm.values_files import in_schema, keys, marked, merged, open_tables, schema_keys, without_comment

FILES = ["values.yaml", "values-kind.yaml", "values-eks.yaml"]
# What is empty in values.yaml, filled, so that every part of every template is rendered.
FILLED: dict[str, Any] = {
    "image": {"registry": "registry.example", "tag": "1"},
    "imagePullSecrets": ["registry"],
    "environments": {"image": {"registry": "registry.example", "digest": "sha256:1"}, "gatewayNamespace": "gateway"},
    "connections": {"allowed": ["db"], "allowedVariables": ["region"]},
    "jobs": {
        "url": "http://jobs",
        "yunikornServiceAccount": "yunikorn/yunikorn",
        "executionRoleArn": "arn:aws:iam::000000000000:role/a",
        "egress": [{"to": [{"a": "b"}]}],
    },
    "lake": {"connection": "lake_catalog"},
    "gateway": {
        "image": {"registry": "registry.example", "tag": "1"},
        "service": {"type": "NodePort", "nodePort": 30081},
        "ingress": {"host": "h.example", "className": "alb", "annotations": {"a": "b"}, "tlsSecretName": "tls"},
    },
    "users": {"groups": ["team"], "names": ["ann"]},
    "admission": {"adminUsers": ["root"]},
    "environment": {"A": "b"},
    "environmentSecrets": ["s3"],
    "serviceAccountAnnotations": {"role": "arn"},
    "networkPolicies": {"metricsNamespaces": ["monitoring"]},
    "priorityClassName": "high",
    "nodeSelector": {"a": "b"},
    "tolerations": [{"key": "spot"}],
}


@pytest.fixture(scope="module")
def text(chart: Path) -> str:
    return (chart / "values.yaml").read_text()


@pytest.fixture(scope="module")
def schema(chart: Path) -> dict[str, Any]:
    return json.loads((chart / "values.schema.json").read_text())


def test_every_key_has_a_comment(text: str) -> None:
    assert without_comment(text) == []


def test_the_schema_and_the_values_know_the_same_keys(text: str, schema: dict[str, Any]) -> None:
    known = {path for path, _, _ in keys(text)}
    assert [path for path in known if not in_schema(path, schema)] == []
    assert schema_keys(schema) - known == {("global",)}
    assert open_tables(schema) == []


@pytest.mark.parametrize("values", FILES[1:])
def test_the_other_files_set_only_what_values_yaml_has(chart: Path, schema: dict[str, Any], values: str) -> None:
    given = yaml.safe_load((chart / values).read_text())
    for free in ("environment", "serviceAccountAnnotations"):
        given.pop(free, None)
    given.get("jobs", {}).pop("egress", None)
    assert [path for path, _, _ in keys(yaml.safe_dump(given)) if not in_schema(path, schema)] == []


@pytest.mark.parametrize("values", FILES)
def test_lint_finds_nothing(helm: Helm, chart: Path, values: str) -> None:
    helm.lint(chart, values=[chart / values])


def test_every_value_is_used(helm: Helm, chart: Path, text: str, tmp_path: Path) -> None:
    values, marks = marked(yaml.safe_dump(merged(yaml.safe_load(text), FILLED)))
    # What is to be among others, is.
    values["connections"]["base"] = ["aws_default", values["storage"]["connection"]]
    file = tmp_path / "values.json"
    missing = set(marks.values())
    images = [values["image"], values["gateway"]["image"]]
    for digests in ([each["digest"] for each in images], ["", ""]):
        for each, digest in zip(images, digests, strict=True):
            each["digest"] = digest
        file.write_text(json.dumps(values))
        rendered = json.dumps(helm.template(chart, namespace="a", values=[file], more=["--skip-schema-validation"]))
        missing &= {path for mark, path in marks.items() if mark not in rendered}
    assert missing - {("connections", "base")} == set()


def test_policies_can_be_left_to_somebody_else(helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="a", sets=["networkPolicies.enabled=false"])
    assert "NetworkPolicy" not in {each["kind"] for each in rendered}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("image.name=x", "name"),
        ("imagePullPolicy=Never", "/imagePullPolicy"),
        ("environments.publicUrl=localhost", "/environments/publicUrl"),
        ("environments.publicUrl=http://h/path", "/environments/publicUrl"),
        ("environments.perOwner=0", "/environments/perOwner"),
        ("database.host=http://db", "/database/host"),
        ("database.port=70000", "/database/port"),
        ("storage.url=/srv", "/storage/url"),
        ("jobs.url=jobs:8998", "/jobs/url"),
        ("jobs.serviceAccount=emr-containers", "/jobs/serviceAccount"),
        ("gateway.replicas=0", "/gateway/replicas"),
        ("gateway.service.type=External", "/gateway/service/type"),
        ("gateway.ingress.host=http://h", "/gateway/ingress/host"),
        ("resource.requests=x", "resource"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="a", sets=[wrong])


def test_a_storage_that_nobody_could_open_is_refused_with_the_way_out(helm: Helm, chart: Path) -> None:
    said = helm.refusal(chart, namespace="a", sets=["storage.connection=other"])
    assert 'storage.connection "other" is not among connections.base' in said


def test_jobs_without_a_connection_to_them_are_refused_with_the_way_out(helm: Helm, chart: Path) -> None:
    said = helm.refusal(chart, namespace="a", sets=["jobs.url=http://jobs", "connections.base={longshore_s3}"])
    assert "jobs.url cannot be used without aws_default in connections.base" in said


def test_an_end_without_a_role_for_its_job_is_refused(helm: Helm, chart: Path) -> None:
    said = helm.refusal(chart, namespace="a", sets=["jobs.url=http://jobs"])
    assert "jobs.url needs jobs.executionRoleArn" in said


def test_a_role_in_the_lake_for_no_jobs_is_refused(helm: Helm, chart: Path) -> None:
    said = helm.refusal(chart, namespace="a", sets=["lake.connection=lake_catalog"])
    assert "lake.connection cannot be used without jobs.url" in said
