"""Whether a run's pods could be held by any node."""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.api import Api, KubernetesError
from emr_containers.runtimes.kubernetes.patience import patiently
from emr_containers.runtimes.kubernetes.resources import fits, shown
from emr_containers.runtimes.kubernetes.sizes import quantity

log = structlog.get_logger()
_FRESH_SECONDS = 60.0


class Nodes:
    """The cluster's nodes, read again when what is known is old, or not enough."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: list[dict[str, Decimal]] = []
        self._read_at = -_FRESH_SECONDS

    async def check(self, requests: Mapping[str, Decimal], *, what: str, remedy: str) -> None:
        """Checks that one of the nodes could hold a pod with these requests, if it were empty.

        Args:
            what: whose requests they are, as a sentence begins.
            remedy: how to ask for less.

        Raises:
            ValidationException: none could.
        """
        if fits(requests, self._known) and self._fresh:
            return
        nodes = await self._read()
        if nodes and not fits(requests, nodes):
            compared = [{name: node.get(name, Decimal(0)) for name in requests} for node in nodes]
            largest = max(compared, key=lambda node: sorted(node.items(), reverse=True))
            raise ValidationException(
                f"{what} asks for {shown(requests)}; no node has that, the largest has {shown(largest)}: {remedy}."
            )

    async def check_together(self, needed: Mapping[str, Decimal], *, what: str, remedy: str) -> None:
        """Checks that all nodes together could hold pods that need this, if they were empty; as `check`."""
        if _within(needed, _together(self._known)) and self._fresh:
            return
        nodes = await self._read()
        if nodes and not _within(needed, together := _together(nodes)):
            short = [name for name, amount in needed.items() if amount > together.get(name, Decimal(0))]
            asked, there = ({name: of.get(name, Decimal(0)) for name in short} for of in (needed, together))
            raise ValidationException(
                f"{what} asks for {shown(asked)}; all nodes together have {shown(there)}: {remedy}."
            )

    @property
    def _fresh(self) -> bool:
        return time.monotonic() - self._read_at < _FRESH_SECONDS

    async def _read(self) -> list[dict[str, Decimal]]:
        try:
            answer = await patiently(lambda: self._api.get("/api/v1/nodes"), what="reading the nodes")
        except KubernetesError as error:
            log.info("the nodes cannot be listed; no run is refused for its size", error=str(error))
            return []
        self._known = [_allocatable(node) for node in answer["items"]]
        self._read_at = time.monotonic()
        return self._known


def _allocatable(node: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: quantity(amount, name=name) for name, amount in node["status"].get("allocatable", {}).items()}


def _together(nodes: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    names = {name for node in nodes for name in node}
    return {name: sum((node.get(name, Decimal(0)) for node in nodes), Decimal(0)) for name in names}


def _within(needed: Mapping[str, Decimal], there: Mapping[str, Decimal]) -> bool:
    return fits(needed, [there])
