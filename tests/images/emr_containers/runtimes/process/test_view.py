"""The view of a job, for folders of every shape. That a job sees it so is shown by real jobs in test_confinement."""

import os
import tempfile
from pathlib import Path

import pytest
from emr_containers.runtimes.process.job_user import JobUser
from emr_containers.runtimes.process.view import TEMPORARY, build_view
from emr_containers.settings import FolderAccess
from hypothesis import given, settings
from hypothesis import strategies as st

USER = JobUser(uid=60888, gid=60888)
MODES = st.sampled_from([0o700, 0o711, 0o755, 0o710])


def reaches(path: Path) -> bool:
    """True if the user may enter each folder above a path."""
    return all(USER.may(folder.stat(), 1) for folder in path.resolve().parents)


@settings(max_examples=30)
@given(st.lists(MODES, min_size=1, max_size=4), st.lists(st.integers(0, 4), min_size=1, max_size=3), st.data())
def test_whatever_is_needed_is_shown_and_only_that(modes: list[int], depths: list[int], data: st.DataObject) -> None:
    # Outside of /tmp, which each job has for itself.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folders = [Path(name)]
        for number, _ in enumerate(modes):
            folders.append(folders[-1] / str(number))
            folders[-1].mkdir()
        needs: dict[str, FolderAccess] = {}
        for number, depth in enumerate(depths):
            place = folders[min(depth, len(modes))] / f"need-{number}"
            place.mkdir()
            if data.draw(st.booleans(), label="by a link"):
                link = Path(name) / f"link-{number}"
                link.symlink_to(os.path.relpath(place, name) if data.draw(st.booleans()) else place)
                place = link
            needs[str(place)] = data.draw(st.sampled_from(["read", "write", "copy"]))
        for folder, mode in zip(folders, [data.draw(MODES), *modes], strict=True):
            folder.chmod(mode)
        view = build_view(needs, USER)
        shown = dict(view.shown)
        real = {str(Path(path).resolve()): access for path, access in needs.items()}
        hidden = {path for path in real if not reaches(Path(path))}
        copies = {path for path, access in real.items() if access == "copy"}
        assert hidden | copies == shown.keys()
        assert all(shown[path] == real[path] for path in shown)
        # A cover is where the user's way ends, and none lies in another.
        covers = [Path(cover) for cover in view.covers if cover != TEMPORARY]
        assert all(not USER.may(cover.stat(), 1) and reaches(cover) for cover in covers)
        assert all(any(Path(path).is_relative_to(cover) for cover in covers) for path in hidden)
        # The links on the way are made again, where a cover hides them.
        links = {path for path in needs if Path(path).is_symlink() and not reaches(Path(path).parent / "x")}
        assert links == {path for path, _ in view.links}


def test_what_is_read_and_written_is_written(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "link").symlink_to("lake")
    view = build_view({str(tmp_path / "lake"): "write", str(tmp_path / "link"): "read"}, USER)
    assert dict(view.shown) == {str(tmp_path / "lake"): "write"}


def test_a_need_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        build_view({str(tmp_path / "nowhere"): "read"}, USER)
