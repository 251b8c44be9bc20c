"""The checker refuses what the standard refuses."""

import copy
from typing import Any

import pytest
from helm.pod_security import house_violations, pod_templates, restricted_violations

GOOD: dict[str, Any] = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "main",
            "imagePullPolicy": "IfNotPresent",
            "resources": {"requests": {"cpu": "10m", "memory": "1Mi"}, "limits": {"memory": "1Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}


def test_a_good_pod_is_admitted() -> None:
    assert restricted_violations(GOOD) == []
    assert house_violations(GOOD) == []


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("hostNetwork",), True, "hostNetwork"),
        (("securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
        (("securityContext", "runAsUser"), 0, "user 0"),
        (("securityContext", "seccompProfile"), None, "seccompProfile"),
        (("volumes", 0), {"name": "host", "hostPath": {"path": "/"}}, "hostPath"),
        (("containers", 0, "securityContext", "privileged"), True, "privileged"),
        (("containers", 0, "securityContext", "allowPrivilegeEscalation"), None, "allowPrivilegeEscalation"),
        (("containers", 0, "securityContext", "capabilities"), {"drop": ["NET_RAW"]}, "ALL"),
        (("containers", 0, "securityContext", "capabilities"), {"drop": ["ALL"], "add": ["SYS_ADMIN"]}, "SYS_ADMIN"),
        (("containers", 0, "securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
        (("containers", 0, "ports"), [{"containerPort": 80, "hostPort": 80}], "port of the host"),
        (("initContainers",), [{"name": "before"}], "container before"),
    ],
)
def test_what_the_standard_refuses_is_found(path: tuple[Any, ...], value: object, reason: str) -> None:
    pod = copy.deepcopy(GOOD)
    at: Any = pod
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert any(reason in found for found in restricted_violations(pod))


def test_a_pod_that_says_too_little_is_found() -> None:
    pod = {"containers": [{"name": "main"}]}
    found = " ".join(house_violations(pod))
    for part in ("automountServiceAccountToken", "root file system", "imagePullPolicy", "limits.memory"):
        assert part in found


def test_pods_are_found_in_every_kind_that_makes_them() -> None:
    template = {"metadata": {}, "spec": GOOD}
    manifests = [
        {"kind": "Pod", "metadata": {"name": "a"}, "spec": GOOD},
        {"kind": "Deployment", "metadata": {"name": "b"}, "spec": {"template": template}},
        {"kind": "CronJob", "metadata": {"name": "c"}, "spec": {"jobTemplate": {"spec": {"template": template}}}},
        {"kind": "Service", "metadata": {"name": "d"}},
    ]
    assert [name for name, _ in pod_templates(manifests)] == ["Pod/a", "Deployment/b", "CronJob/c"]
