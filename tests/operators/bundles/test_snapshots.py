import io
import tarfile
from pathlib import Path

import pytest
from longshore.bundles.exceptions import SnapshotError
from longshore.bundles.snapshots import Snapshots, extract

COMMIT = "0123456789abcdef" * 2 + "01234567"


def tar(*members: tuple[str, bytes | str | None], kind: bytes | None = None) -> bytes:
    """An archive; bytes are a file, a text a link's target, None is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
            else:
                info.size = len(content)
            info.type = kind or info.type
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


@pytest.mark.parametrize("scheme", ["file", "local"])  # plain paths, and Airflow's, which are S3's too
def test_what_is_written_is_read_and_announced(scheme: str, tmp_path: Path) -> None:
    snapshots = Snapshots(f"{scheme}://{tmp_path}/main", connection_id=None)
    assert snapshots.latest() is None
    assert not snapshots.has(COMMIT)
    snapshots.write(COMMIT, b"archive")
    assert snapshots.has(COMMIT)
    assert snapshots.read(COMMIT) == b"archive"
    snapshots.announce(COMMIT)
    snapshots.announce(COMMIT[::-1])
    assert snapshots.latest() == COMMIT[::-1]
    assert {path.name for path in (tmp_path / "main").iterdir()} == {f"{COMMIT}.tar.gz", "latest"}


def test_pointer_that_names_no_commit_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "latest").write_text("../../etc")
    with pytest.raises(SnapshotError, match="names no commit"):
        Snapshots(f"file://{tmp_path}", connection_id=None).latest()


def test_archive_becomes_a_folder(tmp_path: Path) -> None:
    archive = tar(("sql", None), ("sql/a.sql", b"SELECT 1"), ("b.py", b""), ("link.sql", "sql/a.sql"))
    extract(archive, tmp_path / COMMIT)
    assert (tmp_path / COMMIT / "link.sql").read_text() == "SELECT 1"
    assert [path.name for path in tmp_path.iterdir()] == [COMMIT]


def test_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    extract(tar(("a.py", b"first")), tmp_path / COMMIT)
    extract(tar(("a.py", b"second")), tmp_path / COMMIT)
    assert (tmp_path / COMMIT / "a.py").read_text() == "first"


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (tar(("../a.py", b"")), "outside of its folder"),
        (tar(("/tmp/a.py", b"")), "outside of its folder"),  # noqa: S108  a name in an archive
        (tar(("a", "/etc/passwd")), "link 'a' to '/etc/passwd'"),
        (tar(("x/a", "../../b")), r"link 'x/a' to '../../b'"),
        (tar(("a", "b"), kind=tarfile.LNKTYPE), "neither a file"),
        (tar(("a", b""), kind=tarfile.CHRTYPE), "neither a file"),
        (tar(("a.py", bytes(100_000)))[:-20], "damaged"),
        (b"no archive", "damaged"),
    ],
    # An archive's bytes have the second in which it was written: two workers would not find the same names.
    ids=["parent", "root", "link", "link-upward", "hard-link", "device", "cut-off", "text"],
)
def test_archive_of_somebody_else_leaves_nothing(archive: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=reason):
        extract(archive, tmp_path / "versions" / COMMIT)
    assert list(tmp_path.rglob("*")) == [tmp_path / "versions"]
