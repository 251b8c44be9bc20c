"""The jobs' user: which it is, and what it could read or change, held against the kernel."""

import os
import tempfile
from pathlib import Path

import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.runtimes.process.job_user import JobUser, changeable, check_unreadable, find_job_user, steps
from hypothesis import given, settings
from hypothesis import strategies as st

UID = 60888
USER = JobUser(uid=UID, gid=UID, groups=(UID + 1,))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def may_as(user: JobUser, path: Path, right: int) -> bool:
    """The kernel's answer: of a child that has become the user."""
    child = os.fork()
    if child == 0:
        try:
            os.chdir(path.parent)  # the folders above are private
            os.setgroups(user.groups)
            os.setresgid(user.gid, user.gid, user.gid)
            os.setresuid(user.uid, user.uid, user.uid)
            os._exit(0 if os.access(path.name, right) else 1)
        finally:
            os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 1)
    return status == 0


@as_root
@settings(max_examples=40)
@given(st.integers(0, 0o777), st.sampled_from([0, UID]), st.sampled_from([0, UID, UID + 1]), st.sampled_from([1, 2, 4]))
def test_what_the_permissions_give_is_what_the_kernel_gives(mode: int, owner: int, group: int, right: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        path = Path(name) / "folder"
        path.mkdir()
        os.chown(path, owner, group)
        path.chmod(mode)
        assert USER.may(path.stat(), right) == may_as(USER, path, right)


@as_root
def test_a_user_is_found_by_its_name_and_by_its_id() -> None:
    nobody = find_job_user("nobody")
    assert find_job_user(str(nobody.uid)) == nobody
    assert nobody.accounts == ()
    new = find_job_user(str(UID))
    assert (new.uid, new.gid, new.groups) == (UID, UID, ())
    assert new.accounts == (
        ("/etc/passwd", f"job-{UID}:x:{UID}:{UID}::/nonexistent:/bin/false"),
        ("/etc/group", f"job-{UID}:x:{UID}:"),
    )


@as_root
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("root", "--job-user is root, as the server itself is; name another user"),
        ("0", "--job-user is root"),
        ("no-such-user", "--job-user is 'no-such-user', and this machine has no such user"),
        ("-1", "has no such user"),
    ],
)
def test_a_user_that_separates_nothing_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        find_job_user(name)


def test_only_root_can_name_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="--job-user needs a server that root runs"):
        find_job_user("nobody")


@as_root
def test_a_place_that_jobs_may_change_is_found_through_links(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir(mode=0o755)
    os.chown(theirs, UID, UID)
    (tmp_path / "link").symlink_to("theirs")
    (ours / "back").symlink_to(theirs / "x")
    assert changeable(ours / "logs", USER) is None
    for path in (theirs, theirs / "logs", tmp_path / "link" / "logs", ours / "back" / "y"):
        assert changeable(path, USER) == str(theirs)
    # Anyone may write to a sticky folder, and change there what is missing or their own.
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "of-root").mkdir()
    assert changeable(shared / "of-root" / "logs", USER) is None
    assert changeable(shared / "new", USER) == str(shared)
    shared.chmod(0o777)
    assert changeable(shared / "of-root" / "logs", USER) == str(shared)


def test_a_link_that_leads_in_a_circle_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        list(steps(str(tmp_path / "a")))


@as_root
def test_a_key_file_that_jobs_could_read_or_replace_is_refused(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder, file = Path(name), Path(name) / "credentials"
        folder.chmod(0o755)
        file.write_text("key")
        file.chmod(0o644)
        with pytest.raises(ConfigurationError, match="of --credentials-file can be read or replaced"):
            check_unreadable(file, USER, option="--credentials-file")
        file.chmod(0o600)
        check_unreadable(file, USER, option="--credentials-file")
        os.chown(folder, UID, UID)
        with pytest.raises(ConfigurationError, match="can be read or replaced by the jobs' user"):
            check_unreadable(file, USER, option="--credentials-file")
        os.chown(folder, 0, 0)
        check_unreadable(folder / "missing", USER, option="--credentials-file")
