"""Each check of the cluster fails on a cluster that is broken in its way, and on no other."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cli.doctor.cluster.healthy import A_MOMENT_AGO, GIB, deployment, environment, facts, node, pod, unready
from longshore_cli.doctor.cluster.checks import CHECKS
from longshore_cli.doctor.cluster.facts import ServerPod, Volume
from longshore_cli.doctor.problems import NotChecked, run_checks

CRASHED = unready({"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}})
RELEASE = {"name": "airflow", "namespace": "airflow", "status": "pending-upgrade", "updated": "2026-11-30"}
BROKEN: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    ("programs", {"missing_programs": ("helm",)}, ("helm", "neither on the path", "longshore cluster up")),
    ("Docker", {"docker_fault": "Docker does not answer: refused"}, ("Docker", "refused", "start it")),
    ("API server", {"exists": False}, ("kind cluster 'longshore'", "kind does not know it", "longshore cluster up")),
    ("API server", {"api_fault": "it does not answer: EOF"}, ("API server", "EOF", "longshore cluster up")),
    (
        "certificate",
        {"api_certificate_ends": datetime(2026, 12, 4, tzinfo=UTC)},
        ("certificate of the cluster's API server", "ends on 2026-12-04", "kubeadm certs renew all"),
    ),
    ("nodes", {"nodes": (node(Ready="Unknown"),)}, ("node longshore-worker", "Ready is Unknown", "describe node")),
    (
        "nodes",
        {"nodes": (node(DiskPressure="True"),)},
        ("node longshore-worker", "DiskPressure is True", "docker restart"),
    ),
    (
        "pods",
        {"pods": (pod(status=CRASHED),)},
        (
            "pod longshore/emr-containers-7c9-x",
            "CrashLoopBackOff back-off 5m0s",
            "logs emr-containers-7c9-x --previous",
        ),
    ),
    ("Helm releases", {"releases": (RELEASE,)}, ("airflow/airflow", "is pending-upgrade", "longshore cluster up")),
    (
        "Helm releases",
        {"releases": (RELEASE | {"namespace": "env-mine", "status": "failed"},)},
        ("env-mine/airflow", "is failed", "longshore env list"),
    ),
    ("job server", {"servers": ()}, ("the job server", "has no pod", "longshore cluster up")),
    (
        "job server",
        {"servers": (ServerPod(name="a", fault=None, dispatches=False),)},
        ("lock", "no pod has it", "deployment/emr-containers"),
    ),
    (
        "job server",
        {"servers": tuple(ServerPod(name=name, fault=None, dispatches=True) for name in "ab")},
        ("lock", "a, b have it", "deployment/emr-containers"),
    ),
    (
        "job server",
        {
            "servers": (
                ServerPod(name="a", fault=None, dispatches=True),
                ServerPod(name="b", fault="the database does not answer", dispatches=False),
            )
        },
        ("pod longshore/b", "/readyz: the database does not answer", "deployment/emr-containers"),
    ),
    ("YuniKorn", {"yunikorn": ()}, ("YuniKorn", "is not installed", "longshore cluster up")),
    ("YuniKorn", {"yunikorn": (deployment(0),)}, ("yunikorn-scheduler", "0 of 1 pods", "kubectl -n yunikorn logs")),
    (
        "volumes",
        {"volumes": (Volume(name="the volume longshore/data", used=9 * GIB, capacity=10 * GIB),)},
        ("the volume longshore/data", "90% of 10.0 GiB", "docs/cluster.md"),
    ),
    (
        "environments",
        {"environments": (environment("Degraded"),)},
        ("the environment 'mine'", "it is Degraded: the scheduler is not ready", "longshore env status mine"),
    ),
    (
        "environments",
        {"environments": (environment("Progressing"),)},
        ("the environment 'mine'", "it is Progressing for 120 minutes", "longshore env logs mine"),
    ),
    (
        "environments",
        {"environments": (environment("Ready", metadata={"deletionTimestamp": "2026-11-30T11:00:00Z"}),)},
        ("the environment 'mine'", "it is Deleting for 60 minutes", "longshore env status mine"),
    ),
    (
        "DAG files",
        {"airflow_fault": "Airflow does not answer at x"},
        ("Airflow", "not answer", "kubectl -n airflow logs"),
    ),
    ("DAG files", {"import_failures": (("x.py", "NameError: y"),)}, ("x.py", "NameError: y", "longshore dags deploy")),
]


@pytest.mark.parametrize(
    ("check", "changes", "message"), BROKEN, ids=[f"{each[0]}-{n}" for n, each in enumerate(BROKEN)]
)
def test_a_broken_cluster_fails_the_check_with_the_thing_the_reason_and_the_way_out(
    check: str, changes: dict[str, Any], message: tuple[str, str, str]
) -> None:
    outcomes = {each.check: each for each in run_checks(CHECKS, facts(**changes))}
    (problem,) = outcomes[check].problems
    thing, reason, way_out = message
    assert thing in problem.thing
    assert reason in problem.reason
    assert way_out in problem.way_out
    assert [name for name, each in outcomes.items() if each.problems] == [check]


def test_every_check_has_a_cluster_that_fails_it() -> None:
    assert {check for check, _, _ in BROKEN} == set(CHECKS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "environments": (
                environment("Asleep"),
                environment("Pending", status={"conditions": []}, metadata={"creationTimestamp": A_MOMENT_AGO}),
            )
        },
        {"server_uses_yunikorn": False, "yunikorn": ()},
        {"volumes": (Volume(name="unknown", used=0, capacity=0),)},
    ],
)
def test_a_cluster_that_is_well_has_no_problem(changes: dict[str, Any]) -> None:
    assert [each.check for each in run_checks(CHECKS, facts(**changes)) if each.problems] == []


def test_what_cannot_be_asked_is_not_checked() -> None:
    outcomes = list(run_checks(CHECKS, facts(docker_fault="Docker does not answer")))
    assert [each.check for each in outcomes if each.problems] == ["Docker"]
    assert [each.check for each in outcomes if each.status == "ok"] == ["programs"]
    assert isinstance(CHECKS["certificate"](facts(api_certificate_ends=None)), NotChecked)
