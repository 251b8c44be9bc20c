"""The printed form of the measured figures."""

from typing import Any

from bench.environments.figures import Measured, lines, summary, working_set

MEASURED = Measured(ready=(50.0, 40.04, 60.0), pushed=(9.0, 12.0), woken=(30.0,), idle_mib=900.4, sleeping_mib=0)


def test_times_are_medians_and_memory_is_in_whole_mebibytes() -> None:
    assert summary(MEASURED) == {
        "ready_s": 50.0,
        "push_to_parsed_s": 10.5,
        "wake_s": 30.0,
        "idle_mib": 900,
        "sleeping_mib": 0,
    }


def test_each_single_time_is_told() -> None:
    assert [line.split(", s")[1].split() for line in lines(MEASURED)] == [
        ["50.0", "40.0", "60.0"],
        ["9.0", "12.0"],
        ["30.0"],
    ]


def test_memory_is_that_of_all_pods_of_the_namespace_on_all_nodes() -> None:
    def pod(namespace: str, mib: int) -> dict[str, Any]:
        return {"podRef": {"namespace": namespace, "name": "a"}, "memory": {"workingSetBytes": mib * 2**20}}

    starting: dict[str, Any] = {"podRef": {"namespace": "env-a", "name": "b"}}
    nodes = [{"pods": [pod("env-a", 100), pod("env-b", 7), starting]}, {"pods": [pod("env-a", 50)]}]
    assert working_set(nodes, namespace="env-a") == 150
    assert working_set(nodes, namespace="env-c") == 0
