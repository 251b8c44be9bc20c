"""The snapshots of a bundle: one immutable archive a commit, and a pointer to the newest, at an object location.

The DAG processor writes them. Whatever runs a task reads one small object, and needs neither git nor its credentials.
"""

import io
import posixpath
import tarfile
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from longshore.bundles.exceptions import SnapshotError
from longshore.bundles.repository import COMMIT
from longshore.connection.storage import storage_path, write_once

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

_POINTER = "latest"


@dataclass(frozen=True)
class Snapshots:
    """The folder of the objects: `<uri>/<commit>.tar.gz` and `<uri>/latest`."""

    uri: str
    """`file:///…` or `s3://…`, without a slash at its end."""
    connection_id: str | None
    """The Airflow connection whose keys open it. None: the default credentials of where we run."""

    def has(self, commit: str) -> bool:
        """Returns True if the commit's archive exists."""
        return self._archive(commit).exists()

    def write(self, commit: str, archive: bytes) -> None:
        """Keeps the archive of a commit.

        Raises:
            SnapshotError: it cannot be written.
        """
        try:
            write_once(self._archive(commit), archive)
        except (OSError, ValueError, ImportError) as error:
            raise SnapshotError(
                f"Cannot write the snapshot of {commit} below {self.uri!r}: {error}. Let the connection "
                f"{self.connection_id!r} write there."
            ) from error

    def read(self, commit: str) -> bytes:
        """Returns the archive of a commit.

        Raises:
            SnapshotError: it is not there, or cannot be read.
        """
        try:
            return bytes(self._archive(commit).read_bytes())
        except FileNotFoundError as error:
            raise SnapshotError(
                f"There is no snapshot of {commit} below {self.uri!r}: it was deleted, or another place was configured "
                "when the DAG was parsed. Let the DAG processor follow that commit once, or run on a newer version."
            ) from error
        except (OSError, ValueError, ImportError) as error:
            raise SnapshotError(
                f"Cannot read the snapshot of {commit} below {self.uri!r}: {error}. Let the connection "
                f"{self.connection_id!r} read there."
            ) from error

    def latest(self) -> str | None:
        """Returns the newest commit; None as long as there is none.

        Raises:
            SnapshotError: the pointer cannot be read, or names no commit.
        """
        pointer = self._path(_POINTER)
        try:
            commit = pointer.read_text().strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ImportError) as error:
            raise SnapshotError(f"Cannot read {str(pointer)!r}: {error}.") from error
        if not COMMIT.fullmatch(commit):
            raise SnapshotError(f"{str(pointer)!r} names no commit: delete it, and the DAG processor writes it anew.")
        return commit

    def announce(self, commit: str) -> None:
        """Makes the commit, whose archive is there, the newest.

        Raises:
            SnapshotError: the pointer cannot be written.
        """
        pointer, text = self._path(_POINTER), f"{commit}\n"
        try:
            if not isinstance(pointer, Path):
                pointer.write_text(text)  # an object store shows the old text or the new one
                return
            partial = pointer.with_name(f".{pointer.name}.{uuid.uuid4().hex}")
            partial.write_text(text)
            partial.replace(pointer)
        except (OSError, ValueError, ImportError) as error:
            raise SnapshotError(f"Cannot write {str(pointer)!r}: {error}.") from error

    def _archive(self, commit: str) -> "Path | ObjectStoragePath":
        return self._path(f"{commit}.tar.gz")

    def _path(self, name: str) -> "Path | ObjectStoragePath":
        return storage_path(f"{self.uri}/{name}", connection_id=self.connection_id)


def extract(archive: bytes, folder: Path) -> None:
    """Makes `folder` hold the archive's files: it appears when it is whole, and is left alone where it is there.

    The files are as new as this moment, not as the commit: by their age Airflow decides what to parse again.

    Raises:
        SnapshotError: the archive is damaged, or would write or lead out of the folder.
        OSError: the disk refuses.
    """
    if folder.exists():
        return
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        partial.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for member in tar:
                _extract(tar, member, partial)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise SnapshotError(f"The snapshot {folder.name} is damaged ({error}): delete it, and refresh.") from error
    finally:
        rmtree(partial, ignore_errors=True)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Writes one member. By hand: Python 3.11 of Debian 12 has no filter for what an archive may do."""
    target = folder / member.name
    if _leads_out(member.name):
        raise SnapshotError(f"The snapshot has the file {member.name!r}, which would lie outside of its folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        target.mkdir(exist_ok=True)
    elif member.isfile() and (content := tar.extractfile(member)) is not None:
        target.write_bytes(content.read())
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
    elif member.issym():
        if _leads_out(posixpath.join(posixpath.dirname(member.name), member.linkname)):
            raise SnapshotError(
                f"The commit has the link {member.name!r} to {member.linkname!r}, outside of the folder of DAGs: only "
                "that folder is where DAGs run. Put the file there instead."
            )
        target.symlink_to(member.linkname)
    else:
        raise SnapshotError(f"The snapshot has {member.name!r}, which is neither a file, a folder nor a link.")


def _leads_out(path: str) -> bool:
    path = posixpath.normpath(path)
    return path.startswith("/") or path.split("/", 1)[0] == ".."
