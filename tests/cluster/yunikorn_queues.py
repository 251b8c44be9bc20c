"""Queues of YuniKorn's for the time of a test, beside those that the cluster has."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .chart_values import chart_values, values_of
from .parts import eventually
from .yunikorn_api import NAMESPACE, YuniKorn

CHART = "yunikorn"


@contextmanager
def queue_for(
    yunikorn: YuniKorn, namespace: str, *, memory: str | None = None, children: Mapping[str, Mapping[str, Any]] = {}
) -> Iterator[str]:
    """A queue for the applications of a namespace; its full name.

    Args:
        memory: what they may have together; None: whatever there is.
        children: queues below it, by their names, as the values of the chart `yunikorn` write them.
    """
    queue = {
        "name": namespace,
        **({"max": {"memory": memory}} if memory else {}),
        **({"children": [{"name": name, **values} for name, values in children.items()]} if children else {}),
    }
    known = values_of(yunikorn.cluster, CHART, namespace=NAMESPACE)["queues"]
    queues = [*(each for each in known if each["name"] != namespace), queue]
    name = f"root.{namespace}"
    with chart_values(yunikorn.cluster, {"queues": queues}, chart=CHART, namespace=NAMESPACE):
        eventually(
            lambda: _is_there(yunikorn.queue(name), limited=memory is not None, children=set(children)),
            seconds=60,
            what=f"the queue {name}",
        )
        yield name


def _is_there(queue: dict[str, Any] | None, *, limited: bool, children: set[str]) -> bool:
    if queue is None or queue["status"] != "Active":
        return False
    below = {each["queuename"].rpartition(".")[2] for each in queue.get("children") or []}
    return below >= children and ("memory" in (queue.get("maxResource") or {})) == limited
