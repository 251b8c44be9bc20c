"""Kopf has the handlers that it should, and is told of errors what helps."""

import asyncio
import logging
from typing import Any

import kopf
import pytest
from environments.exceptions import (
    DatabaseError,
    EnvironmentsError,
    HelmError,
    KubernetesError,
    NotYetError,
    QuotaError,
    SpecError,
    TakenError,
)
from environments.handlers import handlers, retried
from images.environments.conftest import World
from images.environments.world import body


def test_a_spec_that_is_refused_is_not_retried() -> None:
    assert isinstance(retried(SpecError("no")), kopf.PermanentError)


@pytest.mark.parametrize(
    ("error", "soonest", "latest"),
    [
        (NotYetError("wait"), 1, 5),
        (KubernetesError("away", status=0), 5, 60),
        (QuotaError("three"), 5, 60),  # another one may go
        (DatabaseError("away"), 5, 60),
    ],
)
def test_all_other_errors_are_retried_in_their_time(error: EnvironmentsError, soonest: float, latest: float) -> None:
    found = retried(error)
    assert isinstance(found, kopf.TemporaryError)
    assert found.delay is not None
    assert soonest <= found.delay <= latest
    assert str(found) == str(error)


@pytest.mark.parametrize("error", [HelmError("rolled back"), TakenError("another's")])
def test_what_the_looks_try_again_keeps_no_change_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, error: EnvironmentsError
) -> None:
    controller = world.controller()

    async def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(controller, "reconcile", fails)
    # One function for three causes; kopf types it by all that it may hand over, of which this one takes a part.
    found: set[Any] = {each.fn for each in handlers(controller)._changing.get_all_handlers() if each.id == "reconcile"}
    (handler,) = found
    changed, patch = kopf.Body(body(generation=4)), kopf.Patch()
    asyncio.run(handler(body=changed, patch=patch, reason="update", retry=0, logger=logging.getLogger()))
    assert patch.status["observedGeneration"] == 4


def test_what_happens_to_an_object_has_its_handler(world: World) -> None:
    registry = handlers(world.controller())
    assert {handler.id for handler in registry._changing.get_all_handlers()} == {"reconcile", "remove"}
    assert {handler.id for handler in registry._spawning.get_all_handlers()} == {"look"}
