"""The requests of pods: the sums that Spark itself computes, and whether they fit on a node."""

from decimal import Decimal

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.resources import (
    describe_amounts,
    driver_resources,
    executor_resources,
    fits_on_any,
    pod_requests,
)

GIB = 1024**3


@pytest.mark.parametrize(
    ("conf", "mib"),
    [
        ({}, 1024 + 409),  # int(0.4 * 1024)
        ({"spark.driver.memory": "512m"}, 512 + 384),  # the least overhead
        ({"spark.driver.memory": "4g"}, 4096 + 1638),
        ({"spark.driver.memory": "4g", "spark.driver.memoryOverhead": "1g"}, 4096 + 1024),
        ({"spark.driver.memory": "4g", "spark.driver.memoryOverhead": "100"}, 4096 + 100),
        ({"spark.driver.memory": "4g", "spark.driver.memoryOverheadFactor": "0.1"}, 4096 + 409),
        ({"spark.driver.memory": "4g", "spark.kubernetes.memoryOverheadFactor": "0.2"}, 4096 + 819),
        (
            {"spark.driver.memoryOverheadFactor": "0.5", "spark.kubernetes.memoryOverheadFactor": "0.2"},
            1024 + 512,
        ),
        ({"spark.driver.memory": "1g", "spark.driver.minMemoryOverhead": "1g"}, 2048),
    ],
)
def test_a_driver_gets_its_heap_and_an_overhead(conf: dict[str, str], mib: int) -> None:
    resources = driver_resources(conf)
    assert resources.memory_mib == mib
    assert resources.requests["memory"] == resources.limits["memory"] == f"{mib}Mi"


@pytest.mark.parametrize(
    ("conf", "mib"),
    [
        ({}, 1024 + 384),
        ({"spark.executor.memory": "8g"}, 8192 + 819),
        ({"spark.executor.memory": "8g", "spark.executor.memoryOverhead": "2g"}, 10240),
        ({"spark.executor.memory": "8g", "spark.executor.memoryOverheadFactor": "0.4"}, 8192 + 3276),
        ({"spark.executor.memory": "8g", "spark.kubernetes.memoryOverheadFactor": "0.4"}, 8192 + 3276),
        ({"spark.memory.offHeap.size": "1g"}, 1024 + 384),  # not enabled
        ({"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1073741824"}, 1024 + 384 + 1024),
        ({"spark.executor.pyspark.memory": "256m"}, 1024 + 384),  # Spark counts it for Python only
        ({"spark.executor.pyspark.memory": "256m", "spark.kubernetes.resource.type": "python"}, 1024 + 384 + 256),
    ],
)
def test_an_executor_gets_what_spark_will_ask_for(conf: dict[str, str], mib: int) -> None:
    assert executor_resources(conf).memory_mib == mib


def test_cores_are_asked_for_and_only_limited_where_that_is_said() -> None:
    assert driver_resources({}).requests["cpu"] == "1"
    assert driver_resources({"spark.driver.cores": "2"}).requests["cpu"] == "2"
    part = driver_resources({"spark.driver.cores": "2", "spark.kubernetes.driver.request.cores": "500m"})
    assert (part.requests["cpu"], part.limits) == ("500m", {"memory": "1433Mi"})
    assert driver_resources({"spark.kubernetes.driver.limit.cores": "1.5"}).limits["cpu"] == "1.5"


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"spark.driver.memory": "1.5g"}, r"spark\.driver\.memory is '1\.5g'"),
        ({"spark.driver.memoryOverhead": "some"}, r"spark\.driver\.memoryOverhead is 'some'"),
        ({"spark.driver.memoryOverheadFactor": "x"}, r"spark\.driver\.memoryOverheadFactor is 'x'"),
        ({"spark.driver.cores": "0.5"}, r"spark\.driver\.cores is '0\.5': give a whole number; a part of a core is"),
        ({"spark.driver.cores": "0"}, r"spark\.driver\.cores is '0'"),
        ({"spark.kubernetes.driver.request.cores": "half"}, r"driver\.request\.cores is 'half'"),
        ({"spark.kubernetes.driver.limit.cores": "-1"}, r"driver\.limit\.cores is '-1'"),
        (
            {"spark.driver.cores": "2", "spark.kubernetes.driver.limit.cores": "1500m"},
            r"driver\.limit\.cores is '1500m', less than the 2 that are requested: raise it, or lower "
            r"spark\.kubernetes\.driver\.request\.cores",
        ),
        ({"spark.driver.resource.gpu.vendor": "nvidia.com"}, r"spark\.driver\.resource\.gpu\.amount is ''"),
        ({"spark.driver.resource.gpu": "1"}, r"spark\.driver\.resource\.gpu\.amount is ''"),
        ({"spark.driver.resource.gpu.amount": "half"}, r"gpu\.amount is 'half': give a whole number"),
        (
            {"spark.driver.resource.gpu.amount": "1"},
            r"gpu\.vendor is missing: name the vendor, such as nvidia\.com; "
            r"Kubernetes' name of the resource is VENDOR/gpu",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(conf: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        driver_resources(conf)


def test_a_pod_asks_for_its_containers_together_or_for_its_largest_init_container() -> None:
    def container(**requests: str) -> dict[str, object]:
        return {"resources": {"requests": requests}}

    spec = {
        "containers": [container(cpu="1", memory="1Gi"), container(cpu="500m"), {}],
        "initContainers": [container(cpu="1"), container(memory="4Gi")],
    }
    assert pod_requests(spec) == {"cpu": Decimal("1.5"), "memory": 4 * GIB}
    limited = {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "2"}, "requests": {"cpu": "1"}}}]}
    assert pod_requests(limited) == {"nvidia.com/gpu": 1, "cpu": 1}


def test_devices_are_limits_which_kubernetes_takes_for_requests() -> None:
    resource = "spark.executor.resource"
    conf = {
        f"{resource}.gpu.amount": "2",
        f"{resource}.gpu.vendor": "nvidia.com",
        f"{resource}.gpu.discoveryScript": "/opt/gpus",
        f"{resource}.fpga.amount": "1",
        f"{resource}.fpga.vendor": "xilinx.com",
        f"{resource}.none.amount": "0",
    }
    asked = executor_resources(conf)
    assert asked.limits == {"memory": "1408Mi", "nvidia.com/gpu": "2", "xilinx.com/fpga": "1"}
    assert asked.requests.keys() == {"cpu", "memory"}
    assert pod_requests({"containers": [{"resources": asked.over(None)}]})["nvidia.com/gpu"] == 2


def test_a_pod_asks_for_its_native_sidecars_as_long_as_it_runs() -> None:
    proxy = {"restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}}
    loader = {"resources": {"requests": {"cpu": "3"}}}
    own = {"resources": {"requests": {"cpu": "2"}}}
    assert pod_requests({"containers": [own], "initContainers": [proxy]}) == {"cpu": 3}
    assert pod_requests({"containers": [own], "initContainers": [loader, proxy]}) == {"cpu": 3}
    assert pod_requests({"containers": [own], "initContainers": [proxy, loader, proxy]}) == {"cpu": 4}


def test_what_is_said_of_a_pod_as_a_whole_takes_the_place_of_the_sum() -> None:
    own = {"resources": {"requests": {"cpu": "2", "memory": "1Gi", "example.com/x": "1"}}}
    whole = {"containers": [own], "resources": {"requests": {"cpu": "4"}, "limits": {"memory": "2Gi"}}}
    assert pod_requests(whole) == {"cpu": 4, "memory": 2 * GIB, "example.com/x": 1}
    assert pod_requests({"containers": [own], "overhead": {"cpu": "250m"}})["cpu"] == Decimal("2.25")


def test_each_container_is_rounded_up_as_schedulers_do() -> None:
    small = {"resources": {"requests": {"cpu": "0.0001", "memory": "1500m"}}}
    assert pod_requests({"containers": [small, small]}) == {"cpu": Decimal("0.002"), "memory": 4}


@pytest.mark.parametrize(
    ("requests", "held"),
    [
        ({"cpu": 2, "memory": 8}, True),
        ({"cpu": 4, "memory": 8}, True),
        ({"cpu": 4, "memory": 9}, False),  # each of it some node has, but none has both
        ({"cpu": 5}, False),
        ({"nvidia.com/gpu": 1}, False),
        ({}, True),
    ],
)
def test_a_pod_fits_where_one_node_has_all_of_it(requests: dict[str, int], held: bool) -> None:
    nodes = [{"cpu": Decimal(4), "memory": Decimal(8)}, {"cpu": Decimal(2), "memory": Decimal(16)}]
    assert fits_on_any({name: Decimal(amount) for name, amount in requests.items()}, nodes) is held


def test_amounts_are_shown_as_one_says_them() -> None:
    assert describe_amounts({"memory": Decimal(2 * GIB), "cpu": Decimal("0.500")}) == "0.5 cpu and 2048 MiB memory"
    assert describe_amounts({"nvidia.com/gpu": Decimal(10), "cpu": Decimal(0)}) == "10 nvidia.com/gpu"
    assert describe_amounts({}) == "nothing"
