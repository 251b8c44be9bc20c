"""Rights to say which user owns a job: the chart's admission policies, against the API. They need no YuniKorn."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.job_namespaces import JobNamespace, job_namespace
from cluster.parts import ROOT, Cluster, eventually
from longshore_cli.base.programs import run
from longshore_cli.cluster import namespaces
from longshore_cli.exceptions import ClusterError

DOMAIN = "yunikorn.apache.org"
JOB_CONTROLLER = ["--as=system:serviceaccount:kube-system:job-controller", "--as-group=system:masters"]
YUNIKORN = ["--as=system:serviceaccount:yunikorn:yunikorn", "--as-group=system:masters"]
SERVER = [f"--as=system:serviceaccount:{namespaces.PLATFORM}:emr-containers", "--as-group=system:masters"]
DRIVER_UID = "0b7f8a5e-3c1d-4a7e-9f52-6a1d2c3b4e5f"
OTHER_UID = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def place(cluster: Cluster, helm: str) -> Iterator[JobNamespace]:
    """A namespace for job runs."""
    with job_namespace(cluster, helm, f"test-{uuid.uuid4().hex[:8]}") as namespace:
        yield namespace


@pytest.fixture(scope="module")
def guarded(cluster: Cluster, helm: str, place: JobNamespace) -> Iterator[JobNamespace]:
    """A namespace in which the policies hold, whether or not the cluster has YuniKorn."""
    chart, release = ROOT / "helm" / "longshore", f"guard-{uuid.uuid4().hex[:6]}"
    text = run(
        [
            *(helm, "template", release, chart, "--namespace", namespaces.PLATFORM),
            *("--values", chart / "values-kind.yaml"),
            *("--set", "yunikorn.enabled=true", "--set", f"jobs.namespaces={{{place.name}}}"),
        ],
        what="helm template",
    )
    policies = [
        each
        for each in yaml.safe_load_all(text)
        # Those for all labelled namespaces would be others' business, too.
        if each
        and each["kind"].startswith("ValidatingAdmissionPolicy")
        and not each["metadata"]["name"].endswith("-labelled")
    ]
    cluster.kubectl.apply(*policies)
    try:
        # The API server hears of it after a while.
        eventually(lambda: refusal(place, pod(labels={f"{DOMAIN}/username": "bob"})), seconds=180, what="a refusal")
        yield place
    finally:
        for each in policies:
            cluster.kubectl.run("delete", each["kind"], each["metadata"]["name"], what=each["kind"])


def pod(
    *, labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    container = {
        "name": "any",
        "image": "any",
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"pod-{uuid.uuid4().hex[:8]}", "labels": labels or {}, "annotations": annotations or {}},
        "spec": {
            "containers": [container], "securityContext": security, "restartPolicy": "Never",
            "schedulerName": "nobody's", **spec,
        },
    }  # fmt: skip


def job(template: dict[str, Any]) -> dict[str, Any]:
    name = template["metadata"].pop("name")
    spec = {"template": {key: template[key] for key in ("metadata", "spec")}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def refusal(jobs: JobNamespace, manifest: dict[str, Any], *who: str) -> str:
    """Returns the API's message if it refuses the object, and an empty one if it would accept it. Makes nothing."""
    try:
        jobs.cluster.kubectl.run(
            *("-n", jobs.name, "create", "--dry-run=server", "-f", "-", *who),
            what=manifest["kind"],
            given=json.dumps(manifest),
        )
    except ClusterError as error:
        if "ValidatingAdmissionPolicy" not in str(error):
            raise
        return str(error)
    return ""


@pytest.fixture
def driver(guarded: JobNamespace, tmp_path: Path) -> list[str]:
    """Returns kubectl's option for acting as a driver's pod, with a token that is bound to it."""
    configuration = yaml.safe_load(guarded.cluster.kubectl.kubeconfig.read_text())
    for each in configuration["users"]:
        each["user"] |= {
            "as": f"system:serviceaccount:{guarded.name}:spark",
            "as-groups": ["system:masters"],
            "as-user-extra": {"authentication.kubernetes.io/pod-uid": [DRIVER_UID]},
        }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(configuration))
    return [f"--kubeconfig={path}"]


def executor(**more: Any) -> dict[str, Any]:
    labels = {f"{DOMAIN}/app-id": f"000000030abc-{DRIVER_UID}", "spark-app-selector": "spark-1"}
    return pod(labels=labels | more.pop("labels", {}), **{"schedulerName": "yunikorn", **more})


KEYS = [
    ("labels", f"{DOMAIN}/username"), ("labels", f"{DOMAIN}/queue"), ("labels", "queue"),
    ("annotations", f"{DOMAIN}/user.info"), ("annotations", f"{DOMAIN}/queue"),
]  # fmt: skip


def test_nobody_says_whose_a_pod_is_but_the_job_controller_and_yunikorn(
    guarded: JobNamespace, driver: list[str]
) -> None:
    for field, key in KEYS:
        marked = pod(**{field: {key: "bob"}})
        for who in ([], driver, SERVER):
            assert "job server's to say" in refusal(guarded, marked, *who), (key, who)
        assert refusal(guarded, job(pod(**{field: {key: "bob"}}))), key
        for who in (JOB_CONTROLLER, YUNIKORN):
            assert refusal(guarded, marked, *who) == "", (key, who)
        assert refusal(guarded, job(pod(**{field: {key: "bob"}}, schedulerName="yunikorn")), *SERVER) == ""


def test_what_is_said_stays(guarded: JobNamespace) -> None:
    kubectl, made = guarded.cluster.kubectl, pod(labels={f"{DOMAIN}/username": "ann", f"{DOMAIN}/app-id": "one"})
    kubectl.run("-n", guarded.name, "create", "-f", "-", *JOB_CONTROLLER, what="the pod", given=json.dumps(made))
    name = made["metadata"]["name"]
    for change in (f"{DOMAIN}/username=bob", f"{DOMAIN}/username-", f"{DOMAIN}/queue=root.b", f"{DOMAIN}/app-id=two"):
        with pytest.raises(ClusterError, match="ValidatingAdmissionPolicy"):
            kubectl.run("-n", guarded.name, "label", "--overwrite", "pod", name, change, what="the label")
    kubectl.run("-n", guarded.name, "label", "pod", name, "any=thing", what="the label")
    kubectl.run("-n", guarded.name, "delete", "pod", name, "--grace-period=0", "--force", what="the pod")


def test_a_driver_makes_executors_of_its_own_application_for_yunikorn_and_nothing_else(
    guarded: JobNamespace, driver: list[str]
) -> None:
    assert refusal(guarded, executor(), *driver) == ""
    others = {f"{DOMAIN}/app-id": f"000000030abc-{OTHER_UID}"}
    assert "no other job's application" in refusal(guarded, executor(labels=others), *driver)
    unlabelled = pod(labels={"applicationId": f"x-{OTHER_UID}"}, schedulerName="yunikorn")
    assert "no other job's application" in refusal(guarded, unlabelled, *driver)
    assert "no other job's application" in refusal(guarded, pod(schedulerName="yunikorn"), *driver)
    assert "placed by YuniKorn" in refusal(guarded, executor(schedulerName="default-scheduler"), *driver)
    assert "placed by YuniKorn" in refusal(guarded, executor(nodeName="longshore-worker"), *driver)


def test_others_make_pods_as_ever_but_join_no_jobs_application(guarded: JobNamespace) -> None:
    assert refusal(guarded, pod()) == ""
    assert refusal(guarded, pod(labels={f"{DOMAIN}/app-id": "mine"}, schedulerName="yunikorn")) == ""
    assert "no other job's application" in refusal(guarded, executor())
    annotated = pod(annotations={f"{DOMAIN}/app-id": f"x-{OTHER_UID}"}, schedulerName="yunikorn")
    assert "no other job's application" in refusal(guarded, annotated)
    assert refusal(guarded, job(pod())) == ""
    assert "made by the job server" in refusal(guarded, job(pod(schedulerName="yunikorn")))
