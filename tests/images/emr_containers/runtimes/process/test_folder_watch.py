"""Folders that are removed while an attempt waits for its end."""

import asyncio
from pathlib import Path

from emr_containers.runtimes.process.folder_watch import FolderWatch


def test_each_who_waits_for_a_folder_is_told_when_it_is_removed_and_no_other(tmp_path: Path) -> None:
    gone, stays = tmp_path / "gone", tmp_path / "stays"
    gone.mkdir()
    stays.mkdir()

    async def watch() -> bool:
        watch, first, second, other = FolderWatch(interval=0.01), asyncio.Event(), asyncio.Event(), asyncio.Event()
        with watch.watched(gone, first), watch.watched(stays, other):
            with watch.watched(gone, second):
                gone.rmdir()
                await asyncio.gather(first.wait(), second.wait())
            return other.is_set()

    assert not asyncio.run(watch())


def test_folders_are_watched_again_after_all_had_ended(tmp_path: Path) -> None:
    async def watch() -> None:
        watch = FolderWatch(interval=0.01)
        for name in ("first", "second"):
            folder, removed = tmp_path / name, asyncio.Event()
            folder.mkdir()
            with watch.watched(folder, removed):
                folder.rmdir()
                await removed.wait()
            while not (watch._looking is None or watch._looking.done()):
                await asyncio.sleep(0.01)

    asyncio.run(watch())
