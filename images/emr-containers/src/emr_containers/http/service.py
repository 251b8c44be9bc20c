"""The server's parts, which live as long as the server does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any

from emr_containers.access.rights import Policy
from emr_containers.dispatch.dispatcher import TIMING, Dispatcher, DispatchTiming
from emr_containers.dispatch.leading import lead
from emr_containers.dispatch.profiles import ProfileReader
from emr_containers.http.audit import AuditLog
from emr_containers.http.authorization import authorize, refuse_hopeless
from emr_containers.http.bodies import BodyMemory
from emr_containers.http.rates import RateLimiter
from emr_containers.jobs.identifiers import caller_arn
from emr_containers.operations.context import Context
from emr_containers.runtimes.runtime import Runtime
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from emr_containers.store.terms import Term

Access = tuple[dict[str, str], Mapping[str, Policy] | None]
"""Secret access keys by access key, and what each may do; None: every key may do everything."""
_RELOAD_SECONDS = 1.0


def _no_reload() -> Access | None:
    return None


class Service:
    """The settings, keys, policies, database, runtime and dispatcher of one server."""

    def __init__(
        self,
        *,
        settings: Settings,
        keys: dict[str, str],
        policies: Mapping[str, Policy] | None = None,
        database: Database,
        runtime: Runtime,
        timing: DispatchTiming = TIMING,
        reload: Callable[[], Access | None] = _no_reload,
    ) -> None:
        """Args:
        keys: secret access keys by access key.
        policies: what each access key may do; None: every key may do everything.
        reload: gives keys and policies anew where their files have changed, None where they have not.
        """
        self.settings, self.keys, self.database, self.runtime = settings, keys, database, runtime
        self._policies, self._reload = policies, reload
        self.bodies = BodyMemory(total=settings.bodies_limit, per_address=settings.bodies_limit_per_address)
        self.key_rates = RateLimiter(settings.requests_per_second)
        self.address_rates = RateLimiter(settings.requests_per_second)
        self.audit = AuditLog(settings.audit_log)
        self._large = asyncio.Semaphore(1)
        self._dispatcher = Dispatcher(
            database=database, runtime=runtime, max_running=settings.max_running, timing=timing
        )
        self._profiles = ProfileReader(database=database, runtime=runtime)
        self.dispatching: asyncio.Task[None] | None = None
        self.context = Context(
            settings=settings, database=database, caller="", wake=self._dispatcher.wake, check=runtime.check
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Dispatches job runs, or waits for the lock, until the context is left; then lets runtime and database go."""
        self.dispatching = asyncio.create_task(lead(self.database, self._lead))
        reloading = asyncio.create_task(self._follow_access())
        yield
        for task in (reloading, self.dispatching):
            task.cancel()
        await asyncio.gather(reloading, self.dispatching, return_exceptions=True)
        await self.runtime.close()
        self.database.close()

    def dispatches(self) -> bool:
        """Returns True while job runs are dispatched, or would be if no other server did so."""
        return self.dispatching is not None and not self.dispatching.done()

    def leads(self) -> bool:
        """Returns True while it is this server that dispatches."""
        return self.dispatches() and self.database.lock.held

    def caller(self, access_key: str) -> str:
        """Returns the ARN that `createdBy` names for an access key."""
        return caller_arn(account=self.settings.account_id, access_key=access_key)

    def turn(self, *, large: bool) -> AbstractAsyncContextManager[object]:
        """Returns what a request waits in while it is read and done: large ones go one by one.

        Parsing holds the interpreter's lock, so several at a time would be no faster, and hold up all the others.
        """
        return self._large if large else nullcontext()

    def has_policies(self) -> bool:
        """Returns True where keys may do only what their policies say."""
        return self._policies is not None

    def refuse_hopeless(self, operation: str, *, path: str, resource_arn: str | None, access_key: str) -> None:
        """Refuses a request that `access_key` may not send whatever its body holds; raises AccessDeniedException."""
        refuse_hopeless(self._context_of(access_key), operation=operation, path=path, resource_arn=resource_arn)

    def allow(self, operation: str, *, path: str, values: dict[str, Any], access_key: str) -> Context:
        """Returns the context in which `access_key` may perform the operation; raises what `authorize` raises."""
        context = self._context_of(access_key)
        authorize(context, operation=operation, path=path, values=values)
        return context

    def _context_of(self, access_key: str) -> Context:
        # A key without a policy may do nothing once there are any.
        policy = None if self._policies is None else self._policies.get(access_key, ())
        return replace(self.context, caller=self.caller(access_key), policy=policy)

    async def _lead(self, term: Term) -> None:
        reading = asyncio.create_task(self._profiles.run())
        try:
            await self._dispatcher.run(term)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _follow_access(self) -> None:
        while True:
            await asyncio.sleep(_RELOAD_SECONDS)
            found = await asyncio.to_thread(self._reload)
            if found is not None:
                self.keys, self._policies = found
