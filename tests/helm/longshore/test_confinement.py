"""The server's settings for places for logs and for service accounts, and the service accounts themselves."""

from pathlib import Path
from typing import Any

import typer
import yaml
from emr_containers.cli import app
from helm.rendering import Helm, by_kind

ROLES = {
    "arn:aws:iam::000000000000:role/team-a": "team-a",
    "arn:aws:iam::000000000000:role/team=b": "team-b",
    "arn:aws:iam::000000000000:role/any": "spark",
}
PREFIXES = ["s3://longshore/job-logs", "s3://team-a/logs"]
OURS = ("--log-uri-prefix=", "--service-account=")


def rendered(helm: Helm, chart: Path, folder: Path, **values: Any) -> list[dict[str, Any]]:
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    return helm.template(chart, namespace="longshore", values=[folder / "values.yaml"])


def options(manifests: list[dict[str, Any]]) -> list[str]:
    (container,) = by_kind(manifests, "Deployment")["emr-containers"]["spec"]["template"]["spec"]["containers"]
    return [option for option in container["args"] if option.startswith(OURS)]


def test_case_10_the_server_is_told_by_options_that_it_knows(helm: Helm, chart: Path, tmp_path: Path) -> None:
    values = {"server": {"logUriPrefixes": PREFIXES}, "jobs": {"serviceAccounts": ROLES}}
    told = options(rendered(helm, chart, tmp_path, **values))
    assert sorted(told) == sorted(
        [
            *(f"--log-uri-prefix={prefix}" for prefix in PREFIXES),
            *(f"--service-account={role}={name}" for role, name in ROLES.items()),
        ]
    )
    known = typer.main.get_command(app).commands["serve"].params  # type: ignore[attr-defined]
    assert {option.rstrip("=") for option in OURS} <= {name for each in known for name in each.opts}
    assert options(rendered(helm, chart, tmp_path)) == []


def test_case_10_every_service_account_of_the_table_is_there_once_and_makes_executors(
    helm: Helm, chart: Path, tmp_path: Path
) -> None:
    manifests = rendered(helm, chart, tmp_path, jobs={"serviceAccounts": ROLES, "namespaces": ["jobs", "more"]})
    names = [
        (each["metadata"]["namespace"], each["metadata"]["name"])
        for each in manifests
        if each["kind"] == "ServiceAccount" and each["metadata"].get("namespace") in ("jobs", "more")
    ]
    expected = [(namespace, name) for namespace in ("jobs", "more") for name in ("spark", "team-a", "team-b")]
    assert sorted(names) == sorted(expected)
    for namespace in ("jobs", "more"):
        subjects = by_kind(manifests, "RoleBinding")[f"{namespace}/spark-driver"]["subjects"]
        assert [(each["namespace"], each["name"]) for each in subjects] == [
            (namespace, name) for name in ("spark", "team-a", "team-b")
        ]


def test_with_yunikorn_a_driver_is_known_by_each_of_them(helm: Helm, chart: Path, tmp_path: Path) -> None:
    manifests = rendered(helm, chart, tmp_path, jobs={"serviceAccounts": ROLES}, yunikorn={"enabled": True})
    said = [
        variable["expression"]
        for policy in by_kind(manifests, "ValidatingAdmissionPolicy").values()
        for variable in policy["spec"]["variables"]
        if variable["name"] == "byDriver"
    ]
    assert said
    for name in ("spark", "team-a", "team-b"):
        assert all(f"':{name}'" in expression for expression in said)
