"""Pod templates: what is wrong in one is said at the start."""

from pathlib import Path

import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.runtimes.kubernetes.releases import cluster_releases, read_template
from emr_containers.settings import load_releases

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
        (b"spec: [a]", "is not of a Pod's shape"),
        (b"metadata: [a]", "is not of a Pod's shape"),
        (b"metadata: {labels: [a]}", "is not of a Pod's shape"),
        (b"spec: {containers: {name: a}}", "is not of a Pod's shape"),
        (b"spec: {containers: [a]}", "is not of a Pod's shape"),
        (b"spec: {volumes: [a]}", "is not of a Pod's shape"),
        (b"spec: {containers: [{env: {A: b}}]}", "is not of a Pod's shape"),
        (b"spec: {initContainers: [{volumeMounts: [a]}]}", "is not of a Pod's shape"),
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
