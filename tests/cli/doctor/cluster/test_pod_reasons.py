"""The reason why a pod is not ready."""

from typing import Any

import pytest
from cli.doctor.cluster.healthy import A_MOMENT_AGO, LONG_AGO, NOW, pod, unready
from longshore_cli.doctor.cluster.pod_reasons import reason

UNSCHEDULED = {
    "phase": "Pending",
    "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes: cpu"}],
}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (UNSCHEDULED, "no node takes it: 0/3 nodes: cpu"),
        (
            unready({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}}),
            "container server: ImagePullBackOff not found",
        ),
        (
            unready(
                {
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }
            ),
            "container server: CrashLoopBackOff, after exit code 137 (OOMKilled)",
        ),
        (
            unready({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}),
            "container server: exit code 1 (Error)",
        ),
        (
            unready(
                {
                    "state": {"running": {}},
                    "restartCount": 3,
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
                }
            ),
            "container server: restarted 3 times, after exit code 1 (Error)",
        ),
        (unready({"state": {"running": {}}}), "its readiness probe fails."),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "low on memory", "conditions": []},
            "Evicted: low on memory",
        ),
        ({"phase": "Succeeded", "conditions": [{"type": "Ready", "status": "False"}]}, None),
        ({}, None),
    ],
)
def test_a_pod_says_why_it_is_not_ready(status: dict[str, Any], found: str | None) -> None:
    shown = pod(status=status)
    if status.get("phase") == "Failed":
        shown["status"]["containerStatuses"] = []
    assert reason(shown, now=NOW) == found


def test_a_pod_that_has_begun_a_moment_ago_has_time() -> None:
    young = pod(metadata={"creationTimestamp": A_MOMENT_AGO}, status=UNSCHEDULED)
    assert reason(young, now=NOW) is None


def test_a_pod_whose_deletion_does_not_end_is_told() -> None:
    conditions = unready({"state": {"running": {}}})
    assert reason(pod(metadata={"deletionTimestamp": A_MOMENT_AGO}, status=conditions), now=NOW) is None
    ending = pod(metadata={"deletionTimestamp": LONG_AGO}, status=conditions)
    assert reason(ending, now=NOW) == "it is being deleted, and does not end."
