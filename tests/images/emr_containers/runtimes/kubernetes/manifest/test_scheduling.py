"""The scheduler of a run's pods, and the settings that a job may not make."""

from dataclasses import replace
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.gang_policy import GANG_POLICY
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling, user_of, warning
from emr_containers.runtimes.kubernetes.manifest.spark_conf import effective_conf
from images.emr_containers.runtimes.kubernetes.manifest.test_jobs import CONTAINER, RUN, SPARK, words
from images.emr_containers.runtimes.spark.test_submit import defaults, spec

YUNIKORN = Scheduling(user="team-a")
SCHEDULERS = [f"spark.kubernetes.{role}scheduler.name" for role in ("", "driver.", "executor.")]
VOLCANO = {"spec": {"schedulerName": "volcano"}}


def job(**properties: str) -> Any:
    return spec(overrides=defaults(**properties))


@pytest.mark.parametrize("release", [SPARK, CONTAINER])
def test_yunikorn_schedules_every_driver_as_an_application_of_its_own(release: Any) -> None:
    template = build_job(spec(), release, RUN, YUNIKORN)["spec"]["template"]
    assert template["spec"]["schedulerName"] == "yunikorn"
    labels = template["metadata"]["labels"]
    # YuniKorn reads the pod's UID for the last part.
    assert labels["yunikorn.apache.org/app-id"] == f"{RUN.id}-uniqueautogen"
    assert labels["yunikorn.apache.org/username"] == "team-a"
    assert labels["emr-containers.amazonaws.com/component"] == "driver"
    assert not {label for label in labels if "queue" in label}


def test_executors_are_of_their_drivers_application() -> None:
    built = build_job(job(**{"spark.kubernetes.scheduler.name": "yunikorn"}), SPARK, RUN, YUNIKORN)
    uid = "8c1b6f4e-9d0a-4a63-8a53-2c2f1f8c9f10"
    last = dict(word.split("=", 1) for word in words(built, POD_UID=uid) if word.startswith("spark.") and "=" in word)
    assert last["spark.kubernetes.executor.scheduler.name"] == "yunikorn"
    application = last["spark.kubernetes.executor.label.yunikorn.apache.org/app-id"]
    assert application == f"{RUN.id}-{uid}" == RUN.application(uid)
    assert len(application) <= 63  # of a label's value
    assert "spark.kubernetes.executor.label.yunikorn.apache.org/username" not in last
    fields = {one["name"]: one["valueFrom"]["fieldRef"]["fieldPath"] for one in variables(built) if "valueFrom" in one}
    assert fields["POD_UID"] == "metadata.uid"


def variables(built: Any) -> list[Any]:
    env: list[Any] = built["spec"]["template"]["spec"]["containers"][0]["env"]
    return env


def test_a_user_that_is_not_known_is_left_out() -> None:
    for release in (SPARK, CONTAINER):
        labels = build_job(spec(), release, RUN, Scheduling())["spec"]["template"]["metadata"]["labels"]
        assert "yunikorn.apache.org/username" not in labels


def test_without_yunikorn_nothing_of_it_is_said() -> None:
    for release in (SPARK, CONTAINER):
        built = build_job(spec(), release, RUN)
        assert "yunikorn" not in str(built)
        assert "schedulerName" not in built["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_another_scheduler_is_refused(name: str) -> None:
    with pytest.raises(ValidationException, match=f"{name} is 'volcano', but YuniKorn schedules all .* leave it out"):
        build_job(job(**{name: "volcano"}), SPARK, RUN, YUNIKORN)
    build_job(job(**{name: "yunikorn"}), SPARK, RUN, YUNIKORN)


@pytest.mark.parametrize(
    ("release", "role"),
    [
        (replace(SPARK, driver=VOLCANO), "driver"),
        (replace(SPARK, executor=VOLCANO), "executor"),
        (replace(CONTAINER, driver=VOLCANO), "driver"),
    ],
)
def test_a_template_for_another_scheduler_is_refused(release: Any, role: str) -> None:
    message = f"The {role} pod template of release '{release.release.label}' names the scheduler 'volcano'"
    with pytest.raises(ValidationException, match=message):
        build_job(spec(), release, RUN, YUNIKORN)
    build_job(spec(), release, RUN)


@pytest.mark.parametrize("role", ["driver", "executor"])
@pytest.mark.parametrize(
    "key",
    [
        "label.yunikorn.apache.org/queue",
        "label.yunikorn.apache.org/username",
        "label.yunikorn.apache.org/app-id",
        "label.queue",
        "label.applicationId",
        "label.placeholder",
        "annotation.yunikorn.apache.org/queue",
        "annotation.yunikorn.apache.org/parentqueue",
        "annotation.yunikorn.apache.org/user.info",
        "annotation.yunikorn.apache.org/app-id",
        "annotation.internal.yunikorn.apache.org/placeholder",
    ],
)
def test_application_user_and_queue_are_the_servers(role: str, key: str) -> None:
    name = f"spark.kubernetes.{role}.{key}"
    with pytest.raises(ValidationException, match=f"{name} cannot be used here: .* leave it out"):
        build_job(job(**{name: "x"}), SPARK, RUN, YUNIKORN)
    build_job(job(**{name: "x"}), SPARK, RUN)  # there it means nothing


def test_labels_and_annotations_of_others_stay() -> None:
    own = {
        "spark.kubernetes.driver.label.queue-name": "a",
        "spark.kubernetes.driver.annotation.queue": "b",
        "spark.kubernetes.executor.label.team": "c",
    }
    metadata = build_job(job(**own), SPARK, RUN, YUNIKORN)["spec"]["template"]["metadata"]
    assert (metadata["labels"]["queue-name"], metadata["annotations"]["queue"]) == ("a", "b")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_job_for_yunikorn_runs_without_it_and_is_warned(name: str) -> None:
    asks = job(**{name: "yunikorn"})
    conf = effective_conf(asks, SPARK, RUN)
    assert conf["spark.kubernetes.executor.scheduler.name"] == "default-scheduler"
    named = replace(SPARK, executor=VOLCANO)
    assert effective_conf(asks, named, RUN)["spark.kubernetes.executor.scheduler.name"] == "volcano"
    assert warning(asks, SPARK, None) == (
        "There is no YuniKorn in this cluster: the job runs under the default scheduler, not as a gang."
    )
    assert warning(asks, SPARK, YUNIKORN) is None


def test_a_style_or_a_timeout_asks_for_yunikorn_too() -> None:
    assert warning(job(**{GANG_POLICY: "gangSchedulingStyle=Hard"}), SPARK, None) is not None
    # A job template whose parameters have their defaults.
    assert warning(job(**{GANG_POLICY: "placeholderTimeoutInSeconds=- gangSchedulingStyle=-"}), SPARK, None) is None
    assert warning(spec(), SPARK, None) is None
    assert warning(spec("local:///opt/longshore/report.py"), CONTAINER, None) is None
    with pytest.raises(ValidationException, match="it accepts placeholderTimeoutInSeconds"):
        build_job(job(**{GANG_POLICY: "style=Hard"}), SPARK, RUN)


def test_another_scheduler_than_yunikorn_is_left_to_the_job_where_there_is_none() -> None:
    conf = effective_conf(job(**{"spark.kubernetes.executor.scheduler.name": "volcano"}), SPARK, RUN)
    assert conf["spark.kubernetes.executor.scheduler.name"] == "volcano"


@pytest.mark.parametrize(
    ("owner", "user"),
    [
        ("team-a", "team-a"),
        ("Data.Platform_1", "Data.Platform_1"),
        ("x" * 63, "x" * 63),
        ("x" * 64, None),
        ("a.b", "a.b"),
        (f"{'x' * 60}.y", None),  # YuniKorn makes five characters of the point: no queue has so long a name
        ("team a", None),
        ("-team", None),
        ("team@example.com", None),
        ("", None),
    ],
)
def test_an_owner_that_can_be_a_label_is_the_user(owner: str, user: str | None) -> None:
    assert user_of(owner) == user


def test_a_run_without_an_owner_has_no_user() -> None:
    assert user_of(None) is None
