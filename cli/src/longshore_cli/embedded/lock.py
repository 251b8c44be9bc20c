"""The lock that allows one embedded platform at a time in a checkout."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from longshore_cli.embedded.layout import Layout
from longshore_cli.exceptions import EmbeddedError


@contextmanager
def exclusive_lock(layout: Layout) -> Iterator[None]:
    """Holds the checkout's lock while the block runs.

    Raises:
        EmbeddedError: another platform of the checkout runs.
    """
    with (layout.state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"The platform of {str(layout.root)!r} is already running (`make demo`, `make dev` or `make server`). "
                "Stop that one first."
            ) from None
        yield
