"""Pod templates: what is wrong in one is said at the start."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.releases import cluster_releases, read_template, with_service_account
from emr_containers.runtimes.kubernetes.names import TEMPLATE_ANNOTATION
from emr_containers.settings import load_releases
from images.emr_containers.runtimes.kubernetes.manifest.test_jobs import RUN, SPARK, words
from images.emr_containers.runtimes.spark.test_submit import spec

ROW = 'kind = "spark"\ncommand = ["/bin/run"]\napplication_directory = "/opt/longshore"\n'


def test_a_release_has_its_image_and_its_templates(tmp_path: Path) -> None:
    (tmp_path / "driver.yaml").write_text("metadata:\n  labels: {team: a}\nspec:\n  priorityClassName: high\n")
    (tmp_path / "releases.toml").write_text(f'[a]\n{ROW}image = "i:1"\ndriver_pod_template = "driver.yaml"\n')
    release = cluster_releases(load_releases(tmp_path / "releases.toml"))["a"]
    assert release.image == "i:1"
    assert release.driver == {"metadata": {"labels": {"team": "a"}}, "spec": {"priorityClassName": "high"}}
    assert release.executor == {}


def test_a_release_without_an_image_is_refused_in_a_cluster_only(tmp_path: Path) -> None:
    (tmp_path / "releases.toml").write_text(f"[a]\n{ROW}")
    releases = load_releases(tmp_path / "releases.toml")
    with pytest.raises(ConfigurationError, match="Release 'a' has no `image`"):
        cluster_releases(releases)


@pytest.mark.parametrize("text", ["kind: Pod\napiVersion: v1\nspec:\nmetadata:\n", "spec: {}", "metadata: {labels: }"])
def test_a_template_may_leave_out_what_it_does_not_change(tmp_path: Path, text: str) -> None:
    (tmp_path / "pod.yaml").write_text(text)
    template = read_template(tmp_path / "pod.yaml")
    assert template["spec"] == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [", "is not YAML"),
        (b"\xff\xfe\xfa", "is not YAML"),
        (b"", "must be a Pod"),
        (b"- a", "must be a Pod"),
        (b"spec: {}\nstatus: {}", "must be a Pod: `metadata` and `spec`, nothing else"),
        (b"kind: Deployment\nspec: {}", "is a Deployment; it must be a Pod"),
        (b"spec: [a]", "does not have the form of a Pod"),
        (b"metadata: [a]", "does not have the form of a Pod"),
        (b"metadata: {labels: [a]}", "does not have the form of a Pod"),
        (b"spec: {containers: {name: a}}", "does not have the form of a Pod"),
        (b"spec: {containers: [a]}", "does not have the form of a Pod"),
        (b"spec: {volumes: [a]}", "does not have the form of a Pod"),
        (b"spec: {containers: [{env: {A: b}}]}", "does not have the form of a Pod"),
        (b"spec: {initContainers: [{volumeMounts: [a]}]}", "does not have the form of a Pod"),
    ],
)
def test_a_template_that_is_wrong_is_refused_by_name(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "pod.yaml"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=message) as error:
        read_template(path)
    assert str(path) in str(error.value)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml' cannot be read: No such file"):
        read_template(tmp_path / "none.yaml")


ROLE = "arn:aws:iam::000000000000:role/team-a"


def test_case_10_a_role_selects_the_service_account_of_driver_and_executors() -> None:
    template = {"spec": {"serviceAccountName": "admin", "serviceAccount": "admin", "priorityClassName": "high"}}
    release = replace(SPARK, driver=template, executor=template)
    job = build_job(spec(), with_service_account(release, ROLE, {ROLE: "team-a"}), RUN)
    driver = job["spec"]["template"]
    executor = json.loads(driver["metadata"]["annotations"][TEMPLATE_ANNOTATION])
    for pod in (driver["spec"], executor["spec"]):
        assert (pod["serviceAccountName"], pod["priorityClassName"]) == ("team-a", "high")
        assert "serviceAccount" not in pod
    assert "spark.kubernetes.authenticate.executor.serviceAccountName=team-a" in words(job)
    # A job's own property does not name another one.
    own = spec(sparkSubmitParameters="--conf spark.kubernetes.authenticate.executor.serviceAccountName=admin")
    command = words(build_job(own, with_service_account(release, ROLE, {ROLE: "team-a"}), RUN))
    assert [word for word in command if "serviceAccountName=" in word][-1].endswith("=team-a")


@pytest.mark.parametrize("role", [f"{ROLE}-admin", ROLE.upper(), f"{ROLE} ", "*"])
def test_case_10_a_role_that_is_not_in_the_table_is_refused_by_name(role: str) -> None:
    with pytest.raises(ValidationException, match="selects no service account here") as error:
        with_service_account(SPARK, role, {ROLE: "team-a"})
    assert role in str(error.value)
    assert with_service_account(SPARK, role, None) is SPARK
