"""A release's pod template under what the server sets."""

import re
from typing import Any

from emr_containers.runtimes.kubernetes.manifest.pods import by_name, literal, pod
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.runtimes.kubernetes.pod_security import violations


def made(template: dict[str, Any], **container: Any) -> dict[str, Any]:
    return pod(
        template,
        container={"name": "own", "image": "i:1", **container},
        labels={"run": "1"},
        annotations={"a": "1"},
        scratch={"tmp": "/tmp", "data": "/data"},  # noqa: S108
        api_access=False,
    )


def test_a_pod_without_a_template_passes_the_restricted_standard() -> None:
    spec = made({})["spec"]
    assert violations(spec) == []
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert (spec["serviceAccountName"], spec["automountServiceAccountToken"]) == ("spark", False)
    assert spec["restartPolicy"] == "Never"
    assert [volume["name"] for volume in spec["volumes"]] == ["tmp", "data"]


def test_what_makes_the_run_work_is_the_servers() -> None:
    template = {
        "metadata": {"labels": {"run": "other", "team": "a"}, "annotations": {"a": "2", "b": "3"}},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "main", "image": "other", "env": [{"name": "X"}]}]},
    }
    result = made(template, env=[{"name": "X", "value": "ours"}])
    assert result["metadata"] == {"labels": {"run": "1", "team": "a"}, "annotations": {"a": "1", "b": "3"}}
    [container] = result["spec"]["containers"]
    assert (container["name"], container["image"], container["env"]) == ("own", "i:1", [{"name": "X", "value": "ours"}])
    assert result["spec"]["restartPolicy"] == "Never"


def test_what_is_policy_is_the_templates() -> None:
    template = {
        "spec": {
            "serviceAccountName": "team-a",
            "automountServiceAccountToken": True,
            "terminationGracePeriodSeconds": 120,
            "priorityClassName": "high",
            "schedulerName": "yunikorn",
            "nodeSelector": {"pool": "spot"},
            "tolerations": [{"key": "spot"}],
            "securityContext": {"runAsUser": 185, "fsGroup": 185},
            "containers": [
                {
                    "workingDir": "/work",
                    "envFrom": [{"secretRef": {"name": "s3-credentials"}}],
                    "resources": {"limits": {"nvidia.com/gpu": 1}},
                    "securityContext": {"readOnlyRootFilesystem": False},
                }
            ],
        }
    }
    spec = made(template)["spec"]
    [container] = spec["containers"]
    for name in template["spec"].keys() - {"containers", "securityContext"}:
        assert spec[name] == template["spec"][name]
    assert spec["securityContext"]["runAsUser"] == 185
    assert (container["workingDir"], container["envFrom"][0]["secretRef"]["name"]) == ("/work", "s3-credentials")
    assert container["resources"] == {"limits": {"nvidia.com/gpu": 1}}
    assert container["securityContext"]["readOnlyRootFilesystem"] is False
    assert violations(spec) == []


def test_other_containers_stay_and_are_as_restricted() -> None:
    template = {"spec": {"containers": [{}, {"name": "b"}], "initContainers": [{"name": "c"}]}}
    spec = made(template)["spec"]
    assert [container["name"] for container in spec["containers"]] == ["own", "b"]
    assert [container["name"] for container in spec["initContainers"]] == ["c"]
    assert violations(spec) == []


def test_a_volume_of_the_templates_takes_the_place_of_ours() -> None:
    template = {
        "spec": {
            "containers": [{"volumeMounts": [{"name": "disk", "mountPath": "/data"}]}],
            "volumes": [
                {"name": "disk", "persistentVolumeClaim": {"claimName": "c"}},
                {"name": "tmp", "emptyDir": {"medium": "Memory"}},
            ],
        }
    }
    spec = made(template)["spec"]
    assert {mount["mountPath"]: mount["name"] for mount in spec["containers"][0]["volumeMounts"]} == {
        "/data": "disk",
        "/tmp": "tmp",  # noqa: S108
    }
    assert {volume["name"]: volume for volume in spec["volumes"]}["tmp"]["emptyDir"] == {"medium": "Memory"}
    assert len(spec["volumes"]) == 2


def test_a_template_is_not_changed_by_its_use() -> None:
    template: dict[str, Any] = {"metadata": {"labels": {}}, "spec": {"containers": [{"env": []}], "volumes": []}}
    made(template, env=[{"name": "A", "value": "1"}])
    assert template == {"metadata": {"labels": {}}, "spec": {"containers": [{"env": []}], "volumes": []}}


def test_lists_are_joined_by_name() -> None:
    base, ours = [{"name": "a", "x": 1}, {"name": "b", "x": 1}], [{"name": "b", "x": 2}, {"name": "c", "x": 2}]
    assert by_name(base, ours) == [{"name": "a", "x": 1}, {"name": "b", "x": 2}, {"name": "c", "x": 2}]


def expanded(text: str, variables: dict[str, str]) -> str:
    """Returns what a container receives for `text`: `$$` is a dollar, `$(NAME)` a variable, unknown ones stay."""

    def replaced(match: "re.Match[str]") -> str:
        return "$" if match[0] == "$$" else variables.get(match[0][2:-1], match[0])

    return re.sub(r"\$\$|\$\([^)]*\)", replaced, text)


@given(st.text(alphabet="$()ab{} \n", max_size=30))
def test_a_literal_arrives_as_it_is(text: str) -> None:
    assert expanded(literal(text), {"a": "1", "b": "2", "": "3"}) == text
