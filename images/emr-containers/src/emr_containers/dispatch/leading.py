"""The server dispatches while it has the database's lock, and is a standby otherwise."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from emr_containers.exceptions import ConfigurationError
from emr_containers.store.database import Database
from emr_containers.store.locks import ServerLock
from emr_containers.store.terms import Term, boot_clock

log = structlog.get_logger()

_T = TypeVar("_T")
_ASK_SECONDS = 1.0
"""Between two tries of a standby to get the lock."""
_RENEW_SECONDS = 2.0
_MARGIN_SECONDS = 1.0
"""By which a server takes its lease to end before the database does."""

Dispatch = Callable[[Term], Awaitable[None]]
"""Dispatches job runs until it is cancelled, or finds its term over."""
_Call = Callable[[Callable[[], _T]], Awaitable[_T]]


async def lead(database: Database, dispatch: Dispatch) -> None:
    """Dispatches in one term after the other, whenever this server has the lock, until it is cancelled."""
    # A thread of its own: the others may all be at work, and the lease would run out.
    thread = ThreadPoolExecutor(1, thread_name_prefix="lock")

    def call(function: Callable[[], _T]) -> Awaitable[_T]:
        return asyncio.get_running_loop().run_in_executor(thread, function)

    try:
        while True:
            await _acquired(database.lock, call)
            try:
                await _one_term(database, dispatch, call)
            except (SQLAlchemyError, OSError) as error:
                log.warning("dispatching could not begin; it is tried again", error=_first_line(error))
            await call(database.lock.release)
            await asyncio.sleep(_ASK_SECONDS)
    finally:
        thread.shutdown(wait=False, cancel_futures=True)


async def _acquired(lock: ServerLock, call: "_Call[bool]") -> None:
    waits = False
    while not lock.held:
        try:
            if await call(lock.acquire):
                return
        except (SQLAlchemyError, OSError, ConfigurationError) as error:
            # It does not answer, most often; and a connection that was wrong once may be right by now.
            log.warning("the lock cannot be asked for; it is tried again", error=_first_line(error))
        else:
            if not waits:
                log.info("another server dispatches job runs; this one is a standby")
                waits = True
        await asyncio.sleep(_ASK_SECONDS)


async def _one_term(database: Database, dispatch: Dispatch, call: "_Call[bool]") -> None:
    term = await asyncio.to_thread(database.begin_term)
    if not await _renew(database.lock, term, call):
        return
    log.info("dispatching begins", generation=term.generation)
    tasks = [asyncio.ensure_future(dispatch(term)), asyncio.ensure_future(_renewals(database.lock, term, call))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        log.warning("dispatching ends: the lock was lost", generation=term.generation)
    finally:
        term.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _renewals(lock: ServerLock, term: Term, call: "_Call[bool]") -> None:
    """Renews the lease until that fails, or comes too late."""
    try:
        while True:
            left = term.ends_at - boot_clock()
            async with asyncio.timeout(None if left == math.inf else max(0.0, left)):
                await asyncio.sleep(_RENEW_SECONDS)
                if not await _renew(lock, term, call):
                    return
    except TimeoutError:
        return


async def _renew(lock: ServerLock, term: Term, call: "_Call[bool]") -> bool:
    began = boot_clock()
    if not await call(lock.renew):
        return False
    term.ends_at = began + lock.lease - _MARGIN_SECONDS
    return True


def _first_line(error: Exception) -> str:
    # The driver's own words; SQLAlchemy's hold statements.
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
