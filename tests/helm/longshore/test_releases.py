"""The releases that the chart gives to the job server, read by the server's own code."""

from pathlib import Path
from typing import Any

import pytest
import typer
from emr_containers.cli import app
from emr_containers.runtimes.kubernetes.manifest.driver_pods import executor_pod
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease, cluster_releases
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.spark.configuration import Configuration
from emr_containers.settings import load_releases
from helm.pod_security import restricted_violations
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
RUN = RunIdentity(id="000abc", virtual_cluster_id="vc", namespace="jobs")
SPEC: Any = {
    "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/transfer.py"}},
    "releaseLabel": "spark-4.1",
}


@pytest.fixture
def releases(kind: Manifests, tmp_path: Path) -> dict[str, ClusterRelease]:
    """The release table of the local cluster, as the server mounts it."""
    for name, content in by_kind(kind, "ConfigMap")["emr-containers"]["data"].items():
        (tmp_path / name).write_text(content)
    return cluster_releases(load_releases(tmp_path / "releases.toml"))


def test_the_server_reads_the_table(releases: dict[str, ClusterRelease]) -> None:
    assert releases.keys() == {"spark-4.1", "delay-report"}
    spark = releases["spark-4.1"]
    assert spark.image == "longshore/spark:0.1.0"
    assert spark.release.command == ("/opt/longshore/bin/spark-submit",)
    assert spark.release.spark_defaults["spark.eventLog.dir"] == "s3://longshore/event-logs"
    assert spark.release.environment["AWS_ENDPOINT_URL_S3"] == "http://s3.longshore:7070"


def test_the_server_knows_every_option_that_it_is_given(helm: Helm, chart: Path) -> None:
    sets = ["server.logUri=s3://b/p", "server.refuseOversized=false"]
    rendered = helm.template(chart, namespace="longshore", sets=sets)
    (container,) = by_kind(rendered, "Deployment")["emr-containers"]["spec"]["template"]["spec"]["containers"]
    command, *options = container["args"]
    known = typer.main.get_command(app).commands[command].params
    assert {option.partition("=")[0] for option in options} <= {
        name for each in known for name in (*each.opts, *each.secondary_opts)
    }


@pytest.mark.parametrize("label", ["spark-4.1", "delay-report"])
def test_a_jobs_driver_has_connections_and_keys_and_is_admitted(
    releases: dict[str, ClusterRelease], label: str
) -> None:
    pod = build_job({**SPEC, "releaseLabel": label}, releases[label], RUN)["spec"]["template"]["spec"]
    assert restricted_violations(pod) == []
    (container,) = pod["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "s3-credentials"}}]
    assert {"name": "job-connections", "mountPath": "/etc/longshore/connections", "readOnly": True} in container[
        "volumeMounts"
    ]
    assert container["resources"]["requests"]["cpu"] in ("100m", "200m")


def test_executors_have_keys_but_no_connections_and_are_admitted(releases: dict[str, ClusterRelease]) -> None:
    pod = executor_pod(releases["spark-4.1"], RUN, Configuration())["spec"]
    assert restricted_violations(pod) == []
    (container,) = pod["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "s3-credentials"}}]
    assert "job-connections" not in str(pod)


def test_driver_and_executors_have_certificates_where_the_namespace_has_some(
    releases: dict[str, ClusterRelease],
) -> None:
    driver = build_job(SPEC, releases["spark-4.1"], RUN)["spec"]["template"]["spec"]
    for pod in (driver, executor_pod(releases["spark-4.1"], RUN, Configuration())["spec"]):
        mount = {"name": "job-certificates", "mountPath": "/etc/longshore/certificates", "readOnly": True}
        assert mount in pod["containers"][0]["volumeMounts"]
        (volume,) = (one for one in pod["volumes"] if one["name"] == "job-certificates")
        # The driver of the database takes a key that root owns and one group may read.
        assert volume["secret"] == {"secretName": "job-certificates", "optional": True, "defaultMode": 0o440}
        assert pod["securityContext"]["fsGroup"] == 1000


def test_awkward_texts_reach_the_server_unchanged(helm: Helm, chart: Path, tmp_path: Path) -> None:
    awkward = "a \"b\" 'c' <d> & \\e {{ f }} # ü"
    values = tmp_path / "values.json"
    values.write_text(
        '{"releases": {"spark-4.1": {"sparkDefaults": {"spark.a.b": %s, "spark.n": 3, "spark.t": true}}}}'
        % ('"' + awkward.replace("\\", "\\\\").replace('"', '\\"') + '"')
    )
    rendered = helm.template(chart, namespace="longshore", values=[values])
    table = tmp_path / "releases.toml"
    table.write_text(by_kind(rendered, "ConfigMap")["emr-containers"]["data"]["releases.toml"])
    assert load_releases(table)["spark-4.1"].spark_defaults == {"spark.a.b": awkward, "spark.n": "3", "spark.t": "true"}


def test_placement_comes_into_the_pod_templates(helm: Helm, chart: Path, tmp_path: Path) -> None:
    executor = "releases.spark-4\\.1.executor"
    sets = [f"{executor}.nodeSelector.spot=yes", f"{executor}.priorityClassName=low", "imagePullSecrets={pull}"]
    rendered = helm.template(chart, namespace="longshore", values=[chart / "values-kind.yaml"], sets=sets)
    for name, content in by_kind(rendered, "ConfigMap")["emr-containers"]["data"].items():
        (tmp_path / name).write_text(content)
    pod = executor_pod(cluster_releases(load_releases(tmp_path / "releases.toml"))["spark-4.1"], RUN, Configuration())[
        "spec"
    ]
    assert pod["nodeSelector"] == {"spot": "yes"}
    assert pod["priorityClassName"] == "low"
    assert pod["imagePullSecrets"] == [{"name": "pull"}]


def test_what_a_job_writes_is_limited(helm: Helm, chart: Path, tmp_path: Path) -> None:
    storage = "releases.spark-4\\.1.{role}.resources.{kind}.ephemeral-storage={size}"
    sizes = [("driver", "requests", "1Gi"), ("driver", "limits", "20Gi"), ("executor", "limits", "50Gi")]
    sets = [storage.format(role=role, kind=kind, size=size) for role, kind, size in sizes]
    rendered = helm.template(chart, namespace="longshore", values=[chart / "values-kind.yaml"], sets=sets)
    for name, content in by_kind(rendered, "ConfigMap")["emr-containers"]["data"].items():
        (tmp_path / name).write_text(content)
    releases = cluster_releases(load_releases(tmp_path / "releases.toml"))
    driver = build_job(SPEC, releases["spark-4.1"], RUN)["spec"]["template"]["spec"]
    container = build_job({**SPEC, "releaseLabel": "delay-report"}, releases["delay-report"], RUN)
    executor = executor_pod(releases["spark-4.1"], RUN, Configuration())["spec"]
    for pod in (driver, container["spec"]["template"]["spec"], executor):
        (mounted,) = (one["name"] for one in pod["containers"][0]["volumeMounts"] if one["mountPath"] == "/tmp")  # noqa: S108
        (volume,) = (one for one in pod["volumes"] if one["name"] == mounted)
        assert volume["emptyDir"] == {"sizeLimit": "10Gi"}
    resources = driver["containers"][0]["resources"]
    assert (resources["requests"]["ephemeral-storage"], resources["limits"]["ephemeral-storage"]) == ("1Gi", "20Gi")
    assert executor["containers"][0]["resources"]["limits"] == {"ephemeral-storage": "50Gi"}
