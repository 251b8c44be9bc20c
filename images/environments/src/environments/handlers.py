"""When what is done: kopf's handlers, as thin as they can be."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import kopf

from environments.events import news
from environments.exceptions import EnvironmentsError, HelmError, NotYetError, SpecError, TakenError
from environments.names import GROUP, PLURAL, VERSION
from environments.reconcile import Controller
from environments.spec import read, read_bare
from environments.status import refused

_LOOK_SECONDS = 3.0
_RETRY_SECONDS = 30.0
_SOON_SECONDS = 5.0
_KIND = (GROUP, VERSION, PLURAL)


def retried(error: EnvironmentsError) -> kopf.TemporaryError | kopf.PermanentError:
    """How kopf is told of an error: whether, and when, it tries again. Pure."""
    if isinstance(error, SpecError):
        return kopf.PermanentError(str(error))
    return kopf.TemporaryError(str(error), delay=_SOON_SECONDS if isinstance(error, NotYetError) else _RETRY_SECONDS)


def handlers(controller: Controller) -> kopf.OperatorRegistry:
    """The controller's handlers, for `kopf.operator`."""
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
            # The first try of what somebody has just made or changed; the others are nobody's wish.
            new = reason in (kopf.Reason.CREATE, kopf.Reason.UPDATE) and retry == 0
            await controller.reconcile(environment, body.status, now=datetime.now(UTC), new=new)
        except (TakenError, HelmError) as error:
            # Tried again by the looks, in its time: kopf would let a change of the object wait until then.
            logger.warning("%s", error)
        except EnvironmentsError as error:
            raise retried(error) from error
        patch.status["observedGeneration"] = body["metadata"]["generation"]

    @kopf.timer(*_KIND, registry=registry, id="look", interval=_LOOK_SECONDS, initial_delay=2.0)
    async def look(body: kopf.Body, patch: kopf.Patch, logger: kopf.Logger, **_: Any) -> None:
        now = datetime.now(UTC)
        try:
            environment = read(body)
            if not controller.is_due(environment, body.status):
                return
            seen = await controller.look(environment, body.status, now=now)
            found = seen.status
            if seen.over:
                await controller.expire(environment)
                kopf.event(body, type="Normal", reason="Expired", message="Its time is over: it is deleted.")
        except SpecError as error:
            generation = body["metadata"]["generation"]
            found = refused(error.reason, str(error), previous=body.status, generation=generation, now=now)
        except EnvironmentsError as error:
            logger.warning("%s", error)  # the next look is soon
            return
        patch.status.update({name: value for name, value in found.items() if body.status.get(name) != value})
        tell(body, body.status, found)

    @kopf.on.delete(*_KIND, registry=registry, id="remove")
    async def remove(body: kopf.Body, **_: Any) -> None:
        try:
            await controller.remove(read_bare(body), body.status, now=datetime.now(UTC))
        except SpecError:
            return  # of such a name nothing was made
        except EnvironmentsError as error:
            raise retried(error) from error

    return registry


def tell(body: kopf.Body, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Posts the events of a change of status."""
    for each in news(before, now):
        kopf.event(body, type=each.type, reason=each.reason, message=each.message)
