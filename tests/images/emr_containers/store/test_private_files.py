"""Permissions of the server's files: only its own user may read them."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from emr_containers.store.private_files import make_tree_private
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.conftest import Server
from support.job_runs import job, new_cluster, wait


def open_to_others(folder: Path) -> list[str]:
    """Returns the paths in `folder` that another user of the machine may reach and read, write or list."""
    mode = folder.lstat().st_mode
    found = [str(folder)] if mode & 0o077 else []
    if stat.S_ISDIR(mode) and mode & 0o077:
        for entry in folder.iterdir():
            found += open_to_others(entry)
    return found


def test_case_11_what_a_server_writes_is_for_its_user_alone(start_server: Callable[..., Server]) -> None:
    before = os.umask(0o022)
    try:
        server = start_server()
        emr = server.client()
        cluster = new_cluster(emr)
        out = server.directory / "written-by-the-job"
        run = emr.start_job_run(virtualClusterId=cluster, **job("wait_for.sh", str(out), "/"))["id"]
        assert wait(emr, cluster, run)["state"] == "COMPLETED"
    finally:
        os.umask(before)
    state = server.directory / "state"
    assert open_to_others(state) == []
    for path in (
        *state.glob("emr-containers.sqlite*"),
        *(state / "logs").rglob("*"),
        state / "lock",
        state / "attempts",
        state / "attempts" / run,
        state / "attempts" / run / "1",
        state / "attempts" / run / "1" / "work",
    ):
        assert not path.stat().st_mode & 0o077, path
    # A job's own files are as its user wants them.
    assert out.stat().st_mode & 0o777 == 0o644


def test_case_11_what_an_older_server_has_left_open_is_closed_at_the_start(start_server: Callable[..., Server]) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"])
    server.stop()
    state = server.directory / "state"
    outside = server.directory / "outside"
    outside.write_text("not the server's")
    outside.chmod(0o644)
    for path in (state, *state.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (state / "link").symlink_to(outside)
    database = server.directory / "elsewhere.sqlite"
    database.touch(mode=0o644)
    server = start_server(f"--database-url=sqlite:///{database}")
    new_cluster(server.client())
    left = [path for path in (state, *state.rglob("*")) if path.name != "link" and path.stat().st_mode & 0o077]
    assert left == []
    assert outside.stat().st_mode & 0o777 == 0o644
    assert [path for path in server.directory.glob("elsewhere.sqlite*") if path.stat().st_mode & 0o077] == []


@given(st.lists(st.integers(0, 0o777), min_size=1, max_size=6), st.sampled_from([0o755, 0o750, 0o777, 0o701]))
def test_a_tree_of_any_rights_is_closed_to_others_and_keeps_its_owners(modes: list[int], top: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "state"
        folder.mkdir()
        for number, mode in enumerate(modes):
            (folder / f"{number}").touch()
            (folder / f"{number}").chmod(mode)
        folder.chmod(top)
        make_tree_private(folder)
        assert [path.stat().st_mode & 0o777 for path in sorted(folder.iterdir())] == [mode & 0o700 for mode in modes]
        assert folder.stat().st_mode & 0o777 == top & 0o700
