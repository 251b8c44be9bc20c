"""Notices that folders were removed: one look at all of them, as a timer of each would keep the event loop busy."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class FolderWatch:
    """Folders that are looked at together, every few seconds. Belongs to one event loop."""

    def __init__(self, *, interval: float = 2.0) -> None:
        """Args:
        interval: seconds between two looks.
        """
        self._interval = interval
        self._watched: dict[asyncio.Event, Path] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, folder: Path, removed: asyncio.Event) -> Iterator[None]:
        """Sets `removed` if `folder` is missing at a look, until the context is left."""
        self._watched[removed] = folder
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            del self._watched[removed]

    async def _look(self) -> None:
        while self._watched:
            await asyncio.sleep(self._interval)
            for removed in await asyncio.to_thread(_missing, dict(self._watched)):
                removed.set()


def _missing(watched: Mapping[asyncio.Event, Path]) -> list[asyncio.Event]:
    return [removed for removed, folder in watched.items() if not folder.is_dir()]
