"""Every value is explained, in the schema and used; what the schema does not know is refused by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm
from helm.values_files import in_schema, keys, marked, merged, open_tables, schema_keys, without_comment

COMMIT = "0123456789abcdef" * 2 + "01234567"
# What is empty in values.yaml, filled, so that every part of every template is rendered.
FILLED: dict[str, Any] = {
    "imagePullSecrets": ["registry"],
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "spot"}],
    "dags": {"git": {"url": "git://host/dags", "credentialsSecret": "git"}, "snapshots": "s3://a", "connection": "c"},
    "logs": {"folder": "s3://b"},
    "image": {"registry": "registry.example", "tag": "1"},
    "apiServer": {
        "basePath": "/env",
        "service": {"type": "NodePort", "nodePort": 30000},
        "ingress": {"className": "alb", "host": "h", "tlsSecretName": "tls", "annotations": {"of": "ingress"}},
    },
    "environments": {"page": {"repositories": ["git://host/dags"], "connections": ["c"]}},
    "networkPolicies": {"apiServerFrom": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]},
}
# A choice is no mark, and what excludes another value is looked at by another test.
CHOICES = {
    ("executor",), ("apiServer", "service", "type"), ("image", "digest"), ("dags", "git", "commit"),
}  # fmt: skip


@pytest.fixture(scope="module")
def text(chart: Path) -> str:
    return (chart / "values.yaml").read_text()


@pytest.fixture(scope="module")
def schema(chart: Path) -> dict[str, Any]:
    return json.loads((chart / "values.schema.json").read_text())


def test_every_key_has_a_comment(text: str) -> None:
    groups = {"apiServer.service", "apiServer.ingress", "dags.git", "networkPolicies", "config"}
    groups |= {f"config.{section}" for section in yaml.safe_load(text)["config"]}
    groups |= {f"{part}.serviceAccount" for part in ("apiServer", "scheduler", "dagProcessor", "triggerer", "worker")}
    assert set(without_comment(text)) <= groups  # what they hold is explained


def test_the_schema_and_the_values_know_the_same_keys(text: str, schema: dict[str, Any]) -> None:
    known = {path for path, _, _ in keys(text)}
    assert [path for path in known if not in_schema(path, schema)] == []
    of_lists = {("topologyKey",), ("whenUnsatisfiable",)}
    assert {path for path in schema_keys(schema) - known if path[-1:] not in of_lists} == {("global",)}
    assert open_tables(schema) == []


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_the_other_files_set_only_what_values_yaml_has(chart: Path, schema: dict[str, Any], values: str) -> None:
    assert [path for path, _, _ in keys((chart / values).read_text()) if not in_schema(path, schema)] == []


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_lint_finds_nothing(helm: Helm, chart: Path, values: str) -> None:
    helm.lint(chart, values=[chart / values])


def test_every_value_is_used(helm: Helm, chart: Path, text: str, tmp_path: Path) -> None:
    values, marks = marked(yaml.safe_dump(merged(yaml.safe_load(text), FILLED)))
    values["executor"] = "KubernetesExecutor"  # or there is no worker
    values["apiServer"]["service"]["type"] = "NodePort"
    values["apiServer"]["ingress"]["enabled"] = True
    values["environments"]["page"]["enabled"] = True
    values["image"]["digest"] = values["dags"]["git"]["commit"] = ""
    for part in ("apiServer", "scheduler", "dagProcessor", "triggerer", "worker"):
        values[part]["serviceAccount"]["annotations"] = {"role": f"of-{part}"}
        marks[f"of-{part}"] = (part, "serviceAccount", "annotations")
    file = tmp_path / "values.json"
    file.write_text(json.dumps(values))
    rendered = json.dumps(helm.template(chart, namespace="a", values=[file], more=["--skip-schema-validation"]))
    assert {path for mark, path in marks.items() if mark not in rendered} - CHOICES == set()


def test_every_switch_makes_a_difference(helm: Helm, chart: Path, text: str) -> None:
    base = [chart / "values-kind.yaml"]
    plain = helm.template(chart, namespace="a", values=base)
    switches = {path: node.value for path, _, node in keys(text) if getattr(node, "tag", "").endswith(":bool")}
    assert switches == {
        ("apiServer", "ingress", "enabled"): "false",
        ("connections", "variables"): "false",
        ("environments", "page", "enabled"): "false",
        ("networkPolicies", "enabled"): "true",
    }
    for path in switches:
        sets = [[f"{'.'.join(path)}={to}"] for to in ("true", "false")]
        both = [helm.template(chart, namespace="a", values=base, sets=each) for each in sets]
        assert sum(each == plain for each in both) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("executor=CeleryExecutor", "/executor"),
        ("image.pullPolicy=Never", "/image/pullPolicy"),
        ("image.digest=sha256:12", "/image/digest"),
        ("image.name=airflow", "name"),
        ("config.core.parallelism=8", "/config/core/parallelism"),  # a number: Helm would write 1e+06 for a large one
        ("config.Core.x=y", "Core"),
        ("dags.git.url=ssh://git@host/dags", "/dags/git/url"),
        ("dags.git.url=--upload-pack=x", "/dags/git/url"),
        ("dags.git.branch=a b", "/dags/git/branch"),
        ("dags.git.branch=$HOME", "/dags/git/branch"),  # Airflow puts variables into its settings
        ("dags.git.commit=abc", "/dags/git/commit"),
        ("dags.git.subdir=../other", "/dags/git/subdir"),
        ("dags.git.subdir=/dags", "/dags/git/subdir"),
        ("dags.snapshots=/srv", "/dags/snapshots"),
        ("dags.refreshSeconds=0", "/dags/refreshSeconds"),
        ("logs.folder=/srv", "/logs/folder"),
        ("metrics.otlpUrl=collector:4318", "/metrics/otlpUrl"),
        ("metrics.intervalSeconds=0", "/metrics/intervalSeconds"),
        ("users.roles=admin", "/users/roles"),
        ("apiServer.url=localhost", "/apiServer/url"),
        ("apiServer.basePath=env/", "/apiServer/basePath"),
        ("apiServer.replicas=-1", "/apiServer/replicas"),
        ("apiServer.service.nodePort=70000", "/apiServer/service/nodePort"),
        ("scheduler.spread[0].topologyKey=a", "/scheduler/spread/0"),
        ("schedulerr.replicas=1", "schedulerr"),
        ("database.secretName=A", "/database/secretName"),
        ("environments.page.repositories[0]=https://user:secret@host/dags", "/environments/page/repositories/0"),
        ("environments.page.connections[0]=a b", "/environments/page/connections/0"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="a", values=[chart / "values-kind.yaml"], sets=[wrong])
