"""Every value is explained, in the schema and used; what the schema does not know is refused by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm
from helm.values_files import in_schema, keys, marked, merged, open_tables, schema_keys, without_comment

# With these, every part of every template is rendered.
BLOCK = {"cidr": "192.0.2.0/24", "except": ["192.0.2.8/32"], "ports": [443]}
EVERYTHING: dict[str, Any] = {
    "networkPolicies": {"jobEgress": [BLOCK]},
    "jobs": {"quota": {"pods": "5"}},
    "karpenter": {"enabled": True},
    "yunikorn": {"enabled": True},
}
FILLED = {"priorityClassName": "high", "tolerations": [{"key": "spot"}], "nodeSelector": {"a": "b"}}


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
    assert schema_keys(schema) - known == set()
    assert open_tables(schema) == []


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_the_other_files_set_only_what_values_yaml_has(chart: Path, schema: dict[str, Any], values: str) -> None:
    assert [path for path, _, _ in keys((chart / values).read_text()) if not in_schema(path, schema)] == []


@pytest.mark.parametrize("values", ["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def test_lint_finds_nothing(helm: Helm, chart: Path, values: str) -> None:
    helm.lint(chart, values=[chart / values])


def test_every_value_is_used(helm: Helm, chart: Path, text: str, tmp_path: Path) -> None:
    values, marks = marked(yaml.safe_dump(_filled(yaml.safe_load(text))))
    # A mark is no service type, and a container's release has no executors.
    for part in ("server", "history"):
        values[part]["service"]["type"] = "NodePort"
    values["releases"]["spark-4.1"]["kind"] = "spark"
    missing = set(marks.values()) - _found(helm, chart, values, marks, tmp_path)
    # With a digest there is no tag, and the choices above are no marks any more.
    digests = {path for path in missing if path[-1] == "tag"}
    for path in digests:
        at = values
        for key in path[:-1]:
            at = at[key]
        at["digest"] = ""
    chosen = {("server", "service", "type"), ("history", "service", "type"), ("releases", "spark-4.1", "kind")}
    assert missing - _found(helm, chart, values, marks, tmp_path) - chosen == set()


def test_every_switch_makes_a_difference(helm: Helm, chart: Path, text: str) -> None:
    plain = helm.template(chart, namespace="longshore")
    switches = [
        (path, node.value == "true") for path, _, node in keys(text) if getattr(node, "tag", "").endswith(":bool")
    ]
    assert len(switches) >= 8
    for path, value in switches:
        # AWS's service and our server exclude each other.
        base = ["server.enabled=false"] if path == ("jobs", "emrOnEks") else []
        before = helm.template(chart, namespace="longshore", sets=base) if base else plain
        sets = [*base, f"{'.'.join(path)}={str(not value).lower()}"]
        assert helm.template(chart, namespace="longshore", sets=sets) != before, path


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("server.replica=2", "replica"),
        ("server.accountId=12", "accountId"),
        ("server.image.tag=12", "/server/image/tag"),
        ("server.maxRunning=0", "maxRunning"),
        ("server.jobTtlSeconds=599", "jobTtlSeconds"),
        ("server.replicas=0", "replicas"),
        ("server.logUri=/tmp", "logUri"),
        ("server.logUriPrefixes={/srv/logs}", "logUriPrefixes"),
        ("jobs.serviceAccounts.spark=spark", "propertyName 'spark'"),
        ("server.policies.KEY.Statements=x", "/server/policies/KEY"),
        ("history.heap=1", "heap"),
        ("releases.x.kind=spark", "/releases/x"),
        ("releases.spark-4\\.1.kind=flink", "kind"),
        ("releases.spark-4\\.1.memory=1g", "memory"),
        ("platformDatabase.databases={air-flow}", "/platformDatabase/databases/0"),
        ("platformDatabase.databases={postgres}", "/platformDatabase/databases/0"),
        ("s3.buckets={A}", "/s3/buckets/0"),
        ("jobs.namespaces={Jobs}", "/jobs/namespaces/0"),
        ("networkPolicies.clientCidrs={here}", "/networkPolicies/clientCidrs/0"),
        ("imagePullPolicy=Never", "imagePullPolicy"),
        ("serverr.enabled=false", "serverr"),
        # What contradicts itself is refused with the way out.
        ("jobs.emrOnEks=true", "jobs.emrOnEks cannot be used with server.enabled"),
        ("jobs.quota.limits\\.cpu=4", "use requests.cpu"),
        ("releases=null", "server.enabled cannot be used with no row in releases"),
        ("yunikorn.url=yunikorn:9080", "/yunikorn/url"),
        ("yunikorn.enabled=true,server.enabled=false", "yunikorn.enabled cannot be used without server.enabled"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="longshore", sets=[wrong])


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """The values with something in every list and table that is empty."""

    def fill(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: fill(below, name) for name, below in value.items()} or {"some": "thing"}
        return value if value not in ("", []) else FILLED.get(key, ["one"] if value == [] else "text")

    return fill(merged(values, EVERYTHING), "")


def _found(
    helm: Helm, chart: Path, values: dict[str, Any], marks: dict[str, tuple[str, ...]], folder: Path
) -> set[tuple[str, ...]]:
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    rendered = helm.template(chart, namespace="longshore", values=[file], more=["--skip-schema-validation"])
    text = json.dumps(rendered)
    return {path for mark, path in marks.items() if mark in text}
