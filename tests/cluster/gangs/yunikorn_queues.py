"""Queues of YuniKorn's for the time of a test, beside those that the cluster has."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cluster.chart_values import upgrade
from cluster.gangs.yunikorn_api import NAMESPACE, YuniKorn
from cluster.parts import eventually

CHART = "yunikorn"


@contextmanager
def queue_for(
    yunikorn: YuniKorn, namespace: str, *, memory: str | None = None, children: Mapping[str, Mapping[str, Any]] = {}
) -> Iterator[str]:
    """A queue for the applications of a namespace; its full name. Other tests may have theirs at the same time.

    Args:
        memory: what they may have together; None: whatever there is.
        children: queues below it, by their names, as the values of the chart `yunikorn` write them.
    """
    queue = {
        "name": namespace,
        **({"max": {"memory": memory}} if memory else {}),
        **({"children": [{"name": name, **values} for name, values in children.items()]} if children else {}),
    }
    name = f"root.{namespace}"
    before = _replace(yunikorn, namespace, [queue])
    try:
        eventually(
            lambda: _is_there(yunikorn.queue(name), limited=memory is not None, children=set(children)),
            seconds=180,
            what=f"the queue {name}",
        )
        yield name
    finally:
        _replace(yunikorn, namespace, before)


def _replace(yunikorn: YuniKorn, namespace: str, queues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts these instead of the namespace's queues; those that it had."""

    def replaced(values: dict[str, Any]) -> dict[str, Any]:
        return {"queues": [*(each for each in values["queues"] if each["name"] != namespace), *queues]}

    before = upgrade(yunikorn.cluster, replaced, chart=CHART, namespace=NAMESPACE)
    return [each for each in before["queues"] if each["name"] == namespace]


def _is_there(queue: dict[str, Any] | None, *, limited: bool, children: set[str]) -> bool:
    if queue is None or queue["status"] != "Active":
        return False
    below = {each["queuename"].rpartition(".")[2] for each in queue.get("children") or []}
    return below >= children and ("memory" in (queue.get("maxResource") or {})) == limited
