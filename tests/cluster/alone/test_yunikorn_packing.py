"""Pods are packed: what fits on one node leaves the others empty."""

from cluster.gangs.bare_pods import placed, sleeper, take_away
from cluster.gangs.nodes import Amounts, free_resources, written
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import JobNamespace

PODS = tuple(f"packed-{number}" for number in range(4))


def test_packing_leaves_a_node_empty_that_the_default_scheduler_uses(yunikorn: YuniKorn, team: JobNamespace) -> None:
    least = _even(team)
    # All four fit on either node.
    requests = written({name: amount / 5 for name, amount in least.items()})
    with queue_for(yunikorn, team.name):
        nodes = {}
        for scheduler in ("default-scheduler", "yunikorn"):
            for name in PODS:
                team.cluster.kubectl.apply(sleeper(team, name, requests=requests, schedulerName=scheduler))
            nodes[scheduler] = set(placed(team, *PODS).values())
            take_away(team, *PODS)
    assert len(nodes["default-scheduler"]) == 2
    assert len(nodes["yunikorn"]) == 1


def _even(team: JobNamespace) -> Amounts:
    """Fills the nodes up until all have as much left, which is returned."""
    free = free_resources(team.cluster)
    assert len(free) == 2, "this test is for a cluster with two nodes for jobs"
    least = {resource: min(node[resource] for node in free.values()) for resource in ("cpu", "memory")}
    for node, left in free.items():
        surplus = {resource: left[resource] - least[resource] for resource in least}
        if any(surplus.values()):
            # Bound without any scheduler.
            team.cluster.kubectl.apply(sleeper(team, f"filler-{node}", requests=written(surplus), nodeName=node))
    return least
