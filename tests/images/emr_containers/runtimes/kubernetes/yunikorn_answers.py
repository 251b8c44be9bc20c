"""Answers of YuniKorn 1.9's REST API, as its core's pkg/webservice/dao shapes them: empty members are left out."""

from typing import Any

Answer = dict[str, Any]
GIB = 1024**3
APPLICATION = "0mwvdu3wj2qwiof98b9kp6kzz-uid-x7k2p"


def resources(*, cores: float | None = None, gib: float | None = None, pods: int | None = None) -> dict[str, int]:
    """In YuniKorn's own units."""
    named = {
        "vcore": None if cores is None else int(cores * 1000),
        "memory": None if gib is None else int(gib * GIB),
        "pods": pods,
    }
    return {name: amount for name, amount in named.items() if amount is not None}


def queue(name: str, *children: Answer, **members: Any) -> Answer:
    """A queue; one without children holds applications."""
    answer: Answer = {
        "queuename": name,
        "status": "Active",
        "partition": "default" if name == "root" else "",
        "isLeaf": not children,
        "isManaged": True,
        "properties": {},
        "currentPriority": -(2**31),
        "sortingPolicy": "fifo" if not children else "fair",
        "prioritySorting": True,
        "preemptionEnabled": True,
        "isPreemptionFence": False,
        "isPriorityFence": False,
        "parent": name.rpartition(".")[0],
    }
    if children:
        answer |= {"children": list(children), "childNames": [child["queuename"] for child in children]}
    return answer | members


def tree(**team: Any) -> Answer:
    """The queues of a cluster with a namespace `jobs`, whose `team-a` has these members."""
    return queue(
        "root",
        queue(
            "root.jobs",
            queue("root.jobs.team-a", **team),
            queue("root.jobs.a_dot_b"),
            queue("root.jobs.default"),
        ),
        queue("root.default"),
        maxResource=resources(cores=64, gib=256, pods=330),
    )


def ask(group: str = "spark-executor", *, gib: float = 1.375, cores: float = 1, log: tuple[str, ...] = ()) -> Answer:
    """A placeholder that has no node yet; what was said of it last is the last of the log."""
    entries = [{"message": text, "lastOccurrence": 10**18 + at, "count": 3} for at, text in enumerate(log)]
    return {
        "allocationKey": "a",
        "resource": resources(cores=cores, gib=gib, pods=1),
        "priority": "0",
        "applicationId": APPLICATION,
        "placeholder": True,
        "taskGroupName": group,
        "allocationLog": entries,
    }


def allocation(group: str = "spark-executor", *, placeholder: bool = True) -> Answer:
    """A placeholder, or a pod, that has a node."""
    answer = {"allocationKey": "b", "resource": resources(cores=1, gib=1.375, pods=1), "nodeId": "worker-1"}
    return answer | {"taskGroupName": group} | ({"placeholder": True} if placeholder else {"placeholderUsed": True})


def application(state: str = "Accepted", *, queue: str = "root.jobs.team-a", **members: Any) -> Answer:
    """An application."""
    answer = {
        "applicationID": APPLICATION,
        "partition": "default",
        "queueName": queue,
        "submissionTime": 10**18,
        "applicationState": state,
        "user": "team-a",
        "stateLog": [{"time": 10**18, "applicationState": state}],
    }
    return answer | members


def node(name: str, *, cores: float, gib: float, schedulable: bool = True) -> Answer:
    """A node with this much free."""
    return {
        "nodeID": name,
        "hostName": name,
        "capacity": resources(cores=16, gib=64, pods=110),
        "available": resources(cores=cores, gib=gib, pods=100),
        "schedulable": schedulable,
        "isReserved": False,
    }
