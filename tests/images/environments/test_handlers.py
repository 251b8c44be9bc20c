"""Kopf has the handlers that it should, and is told of errors what helps."""

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


def test_a_spec_that_cannot_be_had_is_not_tried_again() -> None:
    assert isinstance(retried(SpecError("no")), kopf.PermanentError)


@pytest.mark.parametrize(
    ("error", "soonest", "latest"),
    [
        (NotYetError("wait"), 1, 5),
        (KubernetesError("away", status=0), 5, 60),
        (QuotaError("three"), 5, 60),  # another one may go
        (DatabaseError("away"), 5, 60),
        (HelmError("rolled back"), 300, 900),  # each try disturbs what runs
        (TakenError("another's"), 300, 900),
    ],
)
def test_all_else_is_tried_again_in_its_time(error: EnvironmentsError, soonest: float, latest: float) -> None:
    found = retried(error)
    assert isinstance(found, kopf.TemporaryError)
    assert found.delay is not None
    assert soonest <= found.delay <= latest
    assert str(found) == str(error)


def test_what_happens_to_an_object_has_its_handler(world: World) -> None:
    registry = handlers(world.controller())
    assert {handler.id for handler in registry._changing.get_all_handlers()} == {"reconcile", "remove"}
    assert {handler.id for handler in registry._spawning.get_all_handlers()} == {"look"}
