"""The properties that a job has in a cluster, and who wins."""

from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.spark_conf import cluster_properties, effective_conf, prefixed
from emr_containers.runtimes.kubernetes.names import RunIdentity
from images.emr_containers.runtimes.spark.test_submit import SPARK, defaults, spec

RUN = RunIdentity(id="0mwvdu3wj2qwiof98b9kp6kzz", virtual_cluster_id="vc", namespace="jobs")
RELEASE = ClusterRelease(release=SPARK, image="registry/spark:1")


def conf(parameters: str = "", **members: Any) -> dict[str, str]:
    return effective_conf(spec(sparkSubmitParameters=parameters, **members), RELEASE, RUN)


def test_the_driver_is_reached_at_its_pod_and_makes_executors_in_its_namespace() -> None:
    properties = cluster_properties(spec(), RELEASE, RUN)
    assert properties["spark.master"] == "k8s://https://kubernetes.default.svc"
    assert properties["spark.submit.deployMode"] == "client"
    assert (properties["spark.driver.host"], properties["spark.driver.bindAddress"]) == ("$(POD_IP)", "0.0.0.0")  # noqa: S104
    assert (properties["spark.driver.port"], properties["spark.blockManager.port"]) == ("7078", "7079")
    assert properties["spark.kubernetes.namespace"] == "jobs"
    assert properties["spark.kubernetes.driver.pod.name"] == "$(POD_NAME)"
    assert properties["spark.kubernetes.executor.container.image"] == "registry/spark:1"
    assert properties["spark.kubernetes.executor.label.emr-containers.amazonaws.com/job.id"] == RUN.id
    assert properties["spark.kubernetes.executor.label.emr-containers.amazonaws.com/component"] == "executor"


def test_executors_have_names_of_their_attempt_that_spark_accepts() -> None:
    # Spark takes a prefix of up to 47 characters; a Job's pod has a hyphen and five more than its Job.
    assert cluster_properties(spec(), RELEASE, RUN)["spark.kubernetes.executor.podNamePrefix"] == "$(POD_NAME)"
    assert len(f"{RUN.job_name}-abcde") <= 47


def test_the_cluster_wins_over_the_release_over_the_parameters_over_the_defaults() -> None:
    overrides = defaults(**{"spark.a": "0", "spark.b": "0", "spark.executor.memory": "3g", "spark.ui.enabled": "true"})
    result = conf(
        "--conf spark.b=1 --executor-memory 2g --conf spark.executor.memory=9g --master x", overrides=overrides
    )
    assert (result["spark.a"], result["spark.b"]) == ("0", "1")
    assert result["spark.executor.memory"] == "2g"  # an option wins over --conf
    assert result["spark.ui.enabled"] == "false"  # the release's
    assert result["spark.master"].startswith("k8s://")


def test_options_in_either_form_are_properties() -> None:
    result = conf("--num-executors=3 --executor-cores 2 --driver-cores=1 --conf=spark.x=a=b --verbose")
    assert (result["spark.executor.instances"], result["spark.executor.cores"]) == ("3", "2")
    assert (result["spark.driver.cores"], result["spark.x"]) == ("1", "a=b")


def test_the_drivers_heap_is_one_that_a_jvm_can_read() -> None:
    big = ClusterRelease(release=SPARK, image="i")
    heap = cluster_properties(spec(), big, RUN)["spark.driver.memory"]
    assert heap == "1024m"  # SPARK's own "1g"


def test_python_memory_counts_where_the_job_is_python() -> None:
    assert conf()["spark.kubernetes.resource.type"] == "python"
    jar = effective_conf(spec("local:///opt/longshore/x.jar"), RELEASE, RUN)
    assert "spark.kubernetes.resource.type" not in jar


@pytest.mark.parametrize(
    "name",
    [
        "spark.kubernetes.driver.podTemplateFile",
        "spark.kubernetes.executor.podTemplateFile",
        "spark.kubernetes.executor.podTemplateContainerName",
        "spark.kubernetes.driver.volumes.emptyDir.a.mount.path",
        "spark.kubernetes.driver.secrets.s",
        "spark.kubernetes.driver.secretKeyRef.A",
    ],
)
def test_what_would_do_nothing_is_refused_by_name(name: str) -> None:
    for asked in ({"parameters": f"--conf {name}=x"}, {"overrides": defaults(**{name: "x"})}):
        with pytest.raises(ValidationException, match=f"{name} cannot be used here: the pods of release 'spark-4.1'"):
            conf(**asked)


def test_properties_below_a_prefix() -> None:
    given = {"a.b.c": "1", "a.b.": "2", "a.x": "3", "z.c": "4"}
    assert prefixed(given, "a.b.") == {"c": "1"}
    assert prefixed(given, "a.b.", "z.") == {"c": "4"}
