"""The requests of drivers' and executors' pods. (The rest of the pods is tested with the Job that contains them.)"""

from dataclasses import replace
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.driver_pods import executor_requests, spark_driver
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from images.emr_containers.runtimes.kubernetes.manifest.test_jobs import RUN, SPARK
from images.emr_containers.runtimes.kubernetes.pod_security import violations
from images.emr_containers.runtimes.spark.test_submit import defaults, spec
from longshore_libs.quantities import MEBI

GPU = {"spark.driver.resource.gpu.amount": "2", "spark.driver.resource.gpu.vendor": "nvidia.com"}


def job(**properties: str) -> Any:
    return spec(overrides=defaults(**properties))


def test_a_driver_has_its_devices() -> None:
    pod = spark_driver(job(**GPU), SPARK, RUN, None)
    assert pod["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "1", "memory": "1433Mi"},
        "limits": {"memory": "1433Mi", "nvidia.com/gpu": "2"},
    }


def test_an_executor_asks_for_what_its_whole_pod_asks_for() -> None:
    logs = {"name": "logs", "resources": {"requests": {"memory": "64Mi"}}}
    release = replace(SPARK, executor={"spec": {"containers": [{}, logs]}})
    assert executor_requests(job(**{"spark.executor.cores": "2"}), release, RUN) == {"cpu": 2, "memory": 1472 * MEBI}


@pytest.mark.parametrize(
    "properties",
    [
        {"spark.executor.instances": "none"},
        {"spark.executor.memory": "lots"},
        {"spark.executor.resource.gpu.amount": "1"},
    ],
)
@pytest.mark.parametrize("scheduling", [None, Scheduling()])
def test_executors_that_spark_could_not_make_are_refused(
    properties: dict[str, str], scheduling: Scheduling | None
) -> None:
    with pytest.raises(ValidationException, match=next(iter(properties)).rpartition(".")[0]):
        spark_driver(job(**properties), SPARK, RUN, scheduling)


def test_a_gangs_driver_passes_the_restricted_standard() -> None:
    assert violations(spark_driver(spec(), SPARK, RUN, Scheduling(user="a"))["spec"]) == []


def test_the_gangs_annotations_count_where_they_are_limited() -> None:
    fits = 200 * 1024 - sum(len(f"{key}{text}") for key, text in annotations(None).items()) - 200
    properties = {"spark.kubernetes.driver.annotation.note": "x" * fits}
    spark_driver(job(**properties), SPARK, RUN, None)
    with pytest.raises(ValidationException, match="at most 204800 are possible"):
        spark_driver(job(**properties), SPARK, RUN, Scheduling())


def annotations(scheduling: Scheduling | None) -> dict[str, str]:
    """Those of a driver that says nothing."""
    made: dict[str, str] = spark_driver(spec(), SPARK, RUN, scheduling)["metadata"]["annotations"]
    return made
