"""A job's pods as a gang, and as YuniKorn reads it."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import build_spec
from emr_containers.runtimes.kubernetes.manifest.gang import Gang, TaskGroup, gang_of
from emr_containers.runtimes.kubernetes.manifest.gang_policy import GangPolicy
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from gang_confs import GANG_CONFS, GangConf
from images.emr_containers.runtimes.kubernetes.manifest.test_jobs import CONTAINER, RUN, SPARK
from images.emr_containers.runtimes.spark.test_submit import defaults, spec
from longshore_libs.quantities import MEBI

YUNIKORN = Scheduling()


def driver(
    release: ClusterRelease = SPARK, scheduling: Scheduling | None = YUNIKORN, **properties: str
) -> dict[str, Any]:
    """The pod of a job with these properties."""
    template: dict[str, Any] = build_job(spec(overrides=defaults(**properties)), release, RUN, scheduling)["spec"][
        "template"
    ]
    return template


def groups(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the annotations that YuniKorn reads."""
    read: list[dict[str, Any]] = json.loads(pod["metadata"]["annotations"]["yunikorn.apache.org/task-groups"])
    return read


@pytest.mark.parametrize("case", GANG_CONFS, ids=lambda case: case.name)
def test_room_is_kept_for_what_the_pods_will_ask_for(case: GangConf) -> None:
    first = {"name": "spark-driver", "minMember": 1, "minResource": case.driver}
    others = {"name": "spark-executor", "minMember": case.executors, "minResource": case.executor}
    expected = [
        group | ({"nodeSelector": nodes} if nodes else {})
        for group, nodes in ((first, case.driver_nodes), (others, case.executor_nodes))
        if group["minMember"]
    ]
    assert groups(driver(**case.conf)) == expected


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(GANG_CONFS) >= 24
    assert len({case.name for case in GANG_CONFS}) == len(GANG_CONFS)


OWN = {"resources": {"requests": {"memory": "9Gi", "ephemeral-storage": "1Gi"}, "limits": {"example.com/disk": "2"}}}
LOGS = {"name": "logs", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
LOADER = {"name": "loader", "resources": {"requests": {"cpu": "2", "memory": "64Mi"}}}
PROXY = {"name": "proxy", "restartPolicy": "Always", "resources": {"limits": {"cpu": "200m", "memory": "32Mi"}}}


@pytest.mark.parametrize(
    ("template", "requests"),
    [
        (
            {"containers": [OWN]},
            {"cpu": "1", "memory": "1408Mi", "ephemeral-storage": "1024Mi", "example.com/disk": "2"},
        ),
        ({"containers": [{}, LOGS]}, {"cpu": "1100m", "memory": "1472Mi"}),
        ({"containers": [{}], "initContainers": [LOADER]}, {"cpu": "2", "memory": "1408Mi"}),
        ({"containers": [{}], "initContainers": [PROXY]}, {"cpu": "1200m", "memory": "1440Mi"}),
        # The loader runs beside the proxy that was started before it.
        ({"containers": [{}], "initContainers": [PROXY, LOADER]}, {"cpu": "2200m", "memory": "1440Mi"}),
        ({"containers": [{}], "initContainers": [LOADER, PROXY]}, {"cpu": "2", "memory": "1440Mi"}),
        ({"overhead": {"cpu": "250m"}}, {"cpu": "1250m", "memory": "1408Mi"}),
    ],
    ids=["own", "sidecar", "init", "native sidecar", "native sidecar first", "native sidecar last", "runtime class"],
)
def test_what_a_pod_template_adds_counts(template: dict[str, Any], requests: dict[str, str]) -> None:
    _, executors = groups(driver(replace(SPARK, executor={"spec": template})))
    assert executors["minResource"] == requests


TOLERATIONS = [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]
ZONE = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}
NODES = {"requiredDuringSchedulingIgnoredDuringExecution": ZONE}
APART = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}


def test_a_placeholder_goes_where_its_pod_may_go() -> None:
    template = {
        "spec": {
            "nodeSelector": {"pool": "spot"},
            "tolerations": TOLERATIONS,
            "affinity": {"nodeAffinity": NODES, "podAntiAffinity": APART},
        }
    }
    both = groups(driver(replace(SPARK, driver=template, executor=template)))
    for group in both:
        assert group["nodeSelector"] == {"pool": "spot"}
        assert group["tolerations"] == TOLERATIONS
        # By what keeps pods apart, a placeholder would keep its own pod away.
        assert group["affinity"] == {"nodeAffinity": NODES}


def test_a_placeholder_says_whose_it_is() -> None:
    for group in groups(driver(scheduling=Scheduling(user="team-a"))):
        assert group["labels"] == {"yunikorn.apache.org/username": "team-a"}


POLICY = "spark.kubernetes.driver.annotation.yunikorn.apache.org/schedulingPolicyParameters"


@pytest.mark.parametrize(
    ("said", "scheduling", "annotation"),
    [
        (None, YUNIKORN, None),
        ("placeholderTimeoutInSeconds=- gangSchedulingStyle=-", YUNIKORN, None),
        ("gangSchedulingStyle=Hard", YUNIKORN, "gangSchedulingStyle=Hard"),
        (None, Scheduling(style="Soft", timeout=60), "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Soft"),
        (
            "placeholderTimeoutInSeconds=- gangSchedulingStyle=Hard",
            Scheduling(style="Soft", timeout=60),
            "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard",
        ),
        (
            "placeholderTimeoutInSeconds=50",
            Scheduling(style="Hard", timeout=60),
            "placeholderTimeoutInSeconds=50 gangSchedulingStyle=Hard",
        ),
    ],
)
def test_style_and_timeout_are_the_jobs_or_else_the_queues(
    said: str | None, scheduling: Scheduling, annotation: str | None
) -> None:
    pod = driver(scheduling=scheduling, **({} if said is None else {POLICY: said}))
    assert pod["metadata"]["annotations"].get("yunikorn.apache.org/schedulingPolicyParameters") == annotation


def test_what_a_job_says_of_its_groups_is_reckoned_anew() -> None:
    own = {
        "spark.kubernetes.driver.annotation.yunikorn.apache.org/task-group-name": "drivers",
        "spark.kubernetes.driver.annotation.yunikorn.apache.org/task-groups": "[]",
        "spark.kubernetes.executor.annotation.yunikorn.apache.org/task-group-name": "workers",
    }
    pod = driver(**own)
    assert pod["metadata"]["annotations"]["yunikorn.apache.org/task-group-name"] == "spark-driver"
    assert [group["name"] for group in groups(pod)] == ["spark-driver", "spark-executor"]
    mark = "spark.kubernetes.executor.annotation.yunikorn.apache.org/task-group-name"
    marks = [word for word in pod["spec"]["containers"][0]["args"] if word.startswith(mark)]
    assert marks[-1] == f"{mark}=spark-executor"


def test_a_gang_is_read_from_the_pod_that_begins_it() -> None:
    template = {"spec": {"tolerations": TOLERATIONS, "affinity": {"nodeAffinity": NODES}}}
    scheduling = Scheduling(user="team-a", style="Hard", timeout=30)
    pod = driver(
        replace(SPARK, executor=template),
        scheduling,
        **{"spark.executor.instances": "8", "spark.kubernetes.executor.request.cores": "500m"},
    )
    gang = gang_of(pod)
    labels = {"yunikorn.apache.org/username": "team-a"}
    assert gang == Gang(
        groups=(
            TaskGroup(
                name="spark-driver",
                members=1,
                requests={"cpu": Decimal(1), "memory": Decimal(1433 * MEBI)},
                labels=labels,
            ),
            TaskGroup(
                name="spark-executor",
                members=8,
                requests={"cpu": Decimal("0.5"), "memory": Decimal(1408 * MEBI)},
                tolerations=tuple(TOLERATIONS),
                node_affinity=NODES,
                labels=labels,
            ),
        ),
        policy=GangPolicy(style="Hard", timeout=30),
    )
    assert (gang.pods, gang.style, gang.timeout) == (9, "Hard", 30)
    assert gang.total == {"cpu": 5, "memory": (1433 + 8 * 1408) * MEBI}


def test_a_pod_that_begins_no_gang_has_none() -> None:
    assert gang_of(driver(scheduling=None)) is None
    report = build_job(spec("local:///opt/longshore/report.py"), CONTAINER, RUN, YUNIKORN)
    assert gang_of(report["spec"]["template"]) is None
    assert gang_of({"metadata": {}}) is None


TEMPLATES = sorted((Path(__file__).parents[6] / "job-templates").glob("*.yaml"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_job_templates_parameters_say_how_its_gang_waits(path: Path) -> None:
    data = yaml.safe_load(path.read_text())["jobTemplateData"]
    needed = {name: "x" for name, one in data["parameterConfiguration"].items() if "defaultValue" not in one}

    def policy(**given: str) -> GangPolicy | None:
        request = {"jobTemplateParameters": needed | given}
        made = build_job(build_spec(request, template=data, releases=releases), SPARK, RUN, Scheduling(timeout=60))
        gang = gang_of(made["spec"]["template"])
        return None if gang is None else gang.policy

    releases = {"spark-4.1": SPARK.release}
    assert policy() == GangPolicy(timeout=60)
    assert policy(gang_style="Hard") == GangPolicy(style="Hard", timeout=60)
    assert policy(gang_style="Soft", gang_timeout="50") == GangPolicy(style="Soft", timeout=50)
    with pytest.raises(ValidationException, match="it accepts placeholderTimeoutInSeconds=SECONDS"):
        policy(gang_timeout="soon")
