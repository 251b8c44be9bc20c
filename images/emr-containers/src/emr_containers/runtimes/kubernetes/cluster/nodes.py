"""The sizes of the cluster's nodes, and checks that a run's pods fit on them."""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import structlog
from longshore_libs.exceptions import KubernetesError

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.retrying import retrying
from emr_containers.runtimes.kubernetes.manifest.resources import describe_amounts, fits_on_any
from emr_containers.runtimes.kubernetes.quantities import quantity

log = structlog.get_logger()
_FRESH_SECONDS = 60.0


class Nodes:
    """The cluster's nodes. They are read again if the known ones are outdated or too small."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: list[dict[str, Decimal]] = []
        self._read_at = -_FRESH_SECONDS

    async def check(self, requests: Mapping[str, Decimal], *, what: str, remedy: str) -> None:
        """Checks that a pod with these requests would fit on one of the nodes if it were empty.

        Args:
            what: the owner of the requests, as the first words of the message.
            remedy: the advice on how to request less.

        Raises:
            ValidationException: it would fit on none.
        """
        if fits_on_any(requests, self._known) and self._fresh:
            return
        nodes = await self._read()
        if nodes and not fits_on_any(requests, nodes):
            compared = [{name: node.get(name, Decimal(0)) for name in requests} for node in nodes]
            largest = max(compared, key=lambda node: sorted(node.items(), reverse=True))
            raise ValidationException(
                f"{what} asks for {describe_amounts(requests)}; no node has that much, the largest has "
                f"{describe_amounts(largest)}: {remedy}."
            )

    async def check_together(self, needed: Mapping[str, Decimal], *, what: str, remedy: str) -> None:
        """Checks that pods with these requests would fit on all empty nodes together; see `check`."""
        if _within(needed, _together(self._known)) and self._fresh:
            return
        nodes = await self._read()
        if nodes and not _within(needed, together := _together(nodes)):
            short = [name for name, amount in needed.items() if amount > together.get(name, Decimal(0))]
            asked, there = ({name: of.get(name, Decimal(0)) for name in short} for of in (needed, together))
            raise ValidationException(
                f"{what} asks for {describe_amounts(asked)}; all nodes together have {describe_amounts(there)}: "
                f"{remedy}."
            )

    @property
    def _fresh(self) -> bool:
        return time.monotonic() - self._read_at < _FRESH_SECONDS

    async def _read(self) -> list[dict[str, Decimal]]:
        try:
            answer = await retrying(lambda: self._api.get("/api/v1/nodes"), what="reading the nodes")
        except KubernetesError as error:
            log.info("the nodes cannot be listed, so no run is refused for its size", error=str(error))
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
    return fits_on_any(needed, [there])
