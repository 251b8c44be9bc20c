"""Keeps sessions open by a statement now and then."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from longshore_spark.jdbc.sessions import Row

_LONGEST_IDLE_SECONDS = 30.0


@contextmanager
def kept_alive(query: Callable[[str], list[Row]]) -> Iterator[None]:
    """Keeps a session's transaction open, within the server's `idle_in_transaction_session_timeout`.

    Args:
        query: of the session; safe to call from another thread.
    """
    ((milliseconds,),) = query(
        "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
    )
    pause = min(_LONGEST_IDLE_SECONDS, int(milliseconds) / 3000) if int(milliseconds) else _LONGEST_IDLE_SECONDS
    over = threading.Event()

    def ping() -> None:
        while not over.wait(pause):
            try:
                query("SELECT 1")
            except Exception:  # noqa: BLE001  the session's user will see the error
                return

    thread = threading.Thread(target=ping, name="longshore-ping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
