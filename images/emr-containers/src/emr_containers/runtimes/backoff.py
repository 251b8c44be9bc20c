"""How long to wait before something is tried again. Pure."""


class Backoff:
    """How long to wait before the next try: twice as long each time, until something has worked."""

    def __init__(self, *, first: float = 0.5, most: float = 15.0) -> None:
        self._first, self._most = first, most
        self._next = first

    def seconds(self) -> float:
        """Before the next try."""
        seconds = self._next
        self._next = min(self._next * 2, self._most)
        return seconds

    def reset(self) -> None:
        """Something has worked."""
        self._next = self._first
