"""The number and the form of executors; settings that Spark would refuse are refused. (More: test_gang.)"""

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.executors import executor_count, executor_spec

DYNAMIC = {"spark.dynamicAllocation.enabled": " True "}


def test_the_number_of_executors_may_have_spaces_around_it() -> None:
    assert executor_count({"spark.executor.instances": " 3 "}) == 3
    assert executor_count(DYNAMIC | {"spark.dynamicAllocation.minExecutors": " 3"}) == 3


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"spark.executor.instances": "0"}, r"spark\.executor\.instances is '0': give a whole number from 1"),
        ({"spark.executor.instances": "-1"}, r"spark\.executor\.instances is '-1': give a whole number"),
        ({"spark.executor.instances": "two"}, r"spark\.executor\.instances is 'two'"),
        (DYNAMIC | {"spark.dynamicAllocation.minExecutors": "1.5"}, r"minExecutors is '1\.5'"),
        (DYNAMIC | {"spark.dynamicAllocation.initialExecutors": ""}, "initialExecutors is ''"),
        (
            DYNAMIC | {"spark.dynamicAllocation.maxExecutors": "2", "spark.executor.instances": "5"},
            r"maxExecutors is '2', but 5 executors are requested at the start by .*: raise it to 5, or lower those",
        ),
        (DYNAMIC | {"spark.dynamicAllocation.maxExecutors": "0"}, r"maxExecutors is '0', .*raise it to 1"),
    ],
)
def test_numbers_that_spark_would_not_start_with_are_refused(conf: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        executor_count(conf)


def test_an_executor_is_its_template_with_sparks_own_resources() -> None:
    own = {
        "name": "spark-kubernetes-executor",
        "resources": {"requests": {"cpu": "9", "ephemeral-storage": "1Gi"}, "limits": {"memory": "9Gi"}},
    }
    template = {"spec": {"priorityClassName": "low", "containers": [own, {"name": "logs"}], "nodeSelector": {"a": "1"}}}
    conf = {
        "spark.kubernetes.node.selector.a": "2",
        "spark.kubernetes.node.selector.b": "3",
        "spark.kubernetes.executor.node.selector.b": "4",
        "spark.kubernetes.driver.node.selector.c": "5",
        "spark.kubernetes.executor.limit.cores": "2",
    }
    spec = executor_spec(conf, template)
    assert spec["priorityClassName"] == "low"
    assert spec["nodeSelector"] == {"a": "2", "b": "4"}
    assert spec["containers"] == [
        {
            "name": "spark-kubernetes-executor",
            "resources": {
                "requests": {"cpu": "1", "memory": "1408Mi", "ephemeral-storage": "1Gi"},
                "limits": {"cpu": "2", "memory": "1408Mi"},
            },
        },
        {"name": "logs"},
    ]
