"""Every value is explained, in the schema and used; what the schema does not know is refused by its name."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm
from helm.values_files import in_schema, keys, marked, merged, open_tables, schema_keys, without_comment

# What is empty in values.yaml, filled, so that every part of every template is rendered.
FILLED: dict[str, Any] = {
    "imagePullSecrets": ["registry"],
    "nodeSort": {"weights": {"cpu": 3}},
    "root": {
        "submit": {"users": ["ann"], "groups": ["ops"]},
        "admin": {"users": ["bob"], "groups": ["root"]},
        "limits": [{"users": ["carol"], "maxApplications": 5}],
    },
    "priorityClasses": {"urgent": {"value": 1000, "preemptible": False, "description": "said"}},
    "admissionController": {"enabled": True, "namespaces": ["web"]},
    "networkPolicies": {"metricsNamespaces": ["monitoring"]},
}
FILLED |= {
    part: FILLED.get(part, {})
    | {
        "image": {"registry": "registry.example", "tag": "1"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "spot"}],
        "priorityClassName": "high",
    }
    for part in ("scheduler", "admissionController")
}
# A digest hides the tag, and is looked at by another test.
DIGESTS = {(part, "image", "digest") for part in ("scheduler", "placeholders", "admissionController")}


@pytest.fixture(scope="module")
def text(chart: Path) -> str:
    return (chart / "values.yaml").read_text()


@pytest.fixture(scope="module")
def schema(chart: Path) -> dict[str, Any]:
    return json.loads((chart / "values.schema.json").read_text())


def test_every_key_has_a_comment(text: str) -> None:
    assert without_comment(text) == []


def test_every_key_of_a_queue_is_explained(text: str, schema: dict[str, Any]) -> None:
    explained = text[text.index("# The queues.") : text.index("\nqueues:")]
    shapes = ("queue", "limit", "access")
    names = {name for shape in shapes for name in schema["$defs"][shape]["properties"]}
    names |= {name for part in ("gang", "priority", "preemption")
              for name in schema["$defs"]["queue"]["properties"][part]["properties"]}  # fmt: skip
    assert {name for name in names if not re.search(rf"\b{name}\b", explained)} == set()


def test_the_schema_and_the_values_know_the_same_keys(text: str, schema: dict[str, Any]) -> None:
    known = {path for path, _, _ in keys(text)}
    assert [path for path in known if not in_schema(path, schema)] == []
    assert schema_keys(schema) - known == set()
    assert open_tables(schema) == []


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_the_other_files_set_only_what_values_yaml_has(chart: Path, schema: dict[str, Any], values: str) -> None:
    assert [path for path, _, _ in keys((chart / values).read_text()) if not in_schema(path, schema)] == []


@pytest.mark.parametrize("values", ["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def test_lint_finds_nothing(helm: Helm, chart: Path, values: str) -> None:
    helm.lint(chart, values=[chart / values])


def test_every_value_is_used(helm: Helm, chart: Path, text: str, tmp_path: Path) -> None:
    values, marks = marked(yaml.safe_dump(merged(yaml.safe_load(text), FILLED)))
    for part in ("scheduler", "placeholders", "admissionController"):
        values[part]["image"]["digest"] = ""
    values["nodeSort"]["weights"]["cpu"] = 10000.0  # a number, and not the mark of another
    file = tmp_path / "values.json"
    file.write_text(json.dumps(values))
    rendered = json.dumps(helm.template(chart, namespace="yunikorn", values=[file], more=["--skip-schema-validation"]))
    missing = {path for mark, path in marks.items() if mark not in rendered}
    assert missing - DIGESTS - {("nodeSort", "weights", "cpu")} == set()


def test_every_switch_makes_a_difference(helm: Helm, chart: Path, text: str) -> None:
    plain = helm.template(chart, namespace="yunikorn")
    switches = {path: node.value for path, _, node in keys(text) if getattr(node, "tag", "").endswith(":bool")}
    assert switches.keys() == {("preemption", "enabled"), ("admissionController", "enabled"),
                               ("networkPolicies", "enabled")}  # fmt: skip
    for path, value in switches.items():
        other = f"{'.'.join(path)}={'false' if value == 'true' else 'true'}"
        sets = [other, "admissionController.namespaces={web}"]
        assert helm.template(chart, namespace="yunikorn", sets=sets) != plain, path


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("scheduler.replicas=2", "replicas"),
        ("scheduler.schedulingInterval=1", "/scheduler/schedulingInterval"),
        ("scheduler.image.digest=sha256:12", "/scheduler/image/digest"),
        ("scheduler.maxUnavailable=2", "/scheduler/maxUnavailable"),
        ("placeholders.runAsUser=0", "/placeholders/runAsUser"),
        ("preemption.enabled=maybe", "/preemption/enabled"),
        ("queues=null", "queues is empty"),
        ("queues[0].max.cpu=1", "name"),
        ("queues[0].nam=a", "nam"),
        ("queues[0].name=a,queues[0].gang.timeoutSeconds=9", "/queues/0/gang/timeoutSeconds"),
        ("queues[0].name=a,queues[0].max.vcore=1", "write cpu"),
        ("queues[0].name=a,queues[0].parent=yes", "/queues/0/parent"),
        ("queues[0].name=a,queues[0].template.max.cpu=1", "needs parent: true"),
        ("root.submit.users={a b}", "users of an access list"),
        ("priorityClasses.Urgent.value=1", "Urgent"),
        ("networkPolicies.apiServerCidrs={here}", "/networkPolicies/apiServerCidrs/0"),
        ("imagePullPolicy=Never", "imagePullPolicy"),
        ("queuess.a=b", "queuess"),
        ("admissionController.enabled=true", "cannot be used without namespaces"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="yunikorn", sets=[wrong])
