"""Messages of a command while it works."""

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.text import Text

Say = Callable[[str], None]
"""Takes a line for the user."""


class Progress:
    """Lines that stay, and the current activity: one changing line on a terminal, elsewhere a line for each change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._now = ""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def say(self, line: str) -> None:
        """Prints a line."""
        self._console.print(Text(line), soft_wrap=True)

    def now(self, what: str) -> None:
        """Shows the current activity, until the next call."""
        if what == self._now:
            return
        self._now = what
        if self._console.is_terminal:
            self._status.update(Text(what))
            self._status.start()
        else:
            self.say(what)
