"""The handlers of kopf: when the controller is called. They are as thin as possible."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import kopf

from environments.controller import Controller
from environments.exceptions import EnvironmentsError, HelmError, NotYetError, SpecError, TakenError
from environments.resource.names import GROUP, PLURAL, VERSION
from environments.resource.spec import read, read_for_removal
from environments.status import refused
from environments.status.events import events

_LOOK_SECONDS = 3.0
_RETRY_SECONDS = 30.0
_SOON_SECONDS = 5.0
_KIND = (GROUP, VERSION, PLURAL)


def retried(error: EnvironmentsError) -> kopf.TemporaryError | kopf.PermanentError:
    """Returns the error that tells kopf whether, and when, to retry. Pure."""
    if isinstance(error, SpecError):
        return kopf.PermanentError(str(error))
    return kopf.TemporaryError(str(error), delay=_SOON_SECONDS if isinstance(error, NotYetError) else _RETRY_SECONDS)


def handlers(controller: Controller) -> kopf.OperatorRegistry:
    """Returns the controller's handlers, for `kopf.operator`."""
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def log_in(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)

    @kopf.on.resume(*_KIND, registry=registry, id="reconcile")
    @kopf.on.create(*_KIND, registry=registry, id="reconcile")
    @kopf.on.update(*_KIND, registry=registry, id="reconcile")
    async def reconcile(
        body: kopf.Body, patch: kopf.Patch, reason: str, retry: int, logger: kopf.Logger, **_: Any
    ) -> None:
        try:
            environment = read(body)
            # Only the first attempt after a change counts as activity; retries do not.
            new = reason in (kopf.Reason.CREATE, kopf.Reason.UPDATE) and retry == 0
            await controller.reconcile(environment, body.status, now=datetime.now(UTC), new=new)
        except (TakenError, HelmError) as error:
            # The timer retries these in their time. With a retry of kopf's, a change of the object would wait for it.
            logger.warning("%s", error)
        except EnvironmentsError as error:
            raise retried(error) from error
        patch.status["observedGeneration"] = body["metadata"]["generation"]

    @kopf.timer(*_KIND, registry=registry, id="look", interval=_LOOK_SECONDS, initial_delay=2.0)
    async def maintain(body: kopf.Body, patch: kopf.Patch, logger: kopf.Logger, **_: Any) -> None:
        now = datetime.now(UTC)
        try:
            environment = read(body)
            if not controller.is_due(environment, body.status):
                return
            maintained = await controller.maintain(environment, body.status, now=now)
            found = maintained.status
            if maintained.expired:
                await controller.expire(environment)
                kopf.event(body, type="Normal", reason="Expired", message="Its time is over, so it is deleted.")
        except SpecError as error:
            generation = body["metadata"]["generation"]
            found = refused(error.reason, str(error), previous=body.status, generation=generation, now=now)
        except EnvironmentsError as error:
            logger.warning("%s", error)  # the next run is soon
            return
        patch.status.update({name: value for name, value in found.items() if body.status.get(name) != value})
        post_events(body, body.status, found)

    @kopf.on.delete(*_KIND, registry=registry, id="remove")
    async def remove(body: kopf.Body, **_: Any) -> None:
        try:
            await controller.remove(read_for_removal(body), body.status, now=datetime.now(UTC))
        except SpecError:
            return  # nothing was created for an object of such a name
        except EnvironmentsError as error:
            raise retried(error) from error

    return registry


def post_events(body: kopf.Body, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Posts the events of a change of status."""
    for each in events(before, now):
        kopf.event(body, type=each.type, reason=each.reason, message=each.message)
