"""A DAG bundle that follows a git branch, one whole commit at a time, without a clone where tasks run.

The DAG processor (`refresh`) asks git for the branch's head. A new commit is fetched without its history, archived to
an object store, unpacked to a folder of its own, and only then announced. Everything else (`initialize`) reads the
archive of the commit that it is told. Where git fails, the commit that was announced last stays.

    dag_bundle_config_list = [{"name": "main", "classpath": "longshore.bundles.GitSnapshotDagBundle", "kwargs": {
        "url": "https://github.com/example/dags", "branch": "main", "subdir": "dags",
        "snapshots": "s3://bucket/dags", "connection_id": "lake_s3"}}]
"""

import logging
import os
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion, BundleVersionLock

from longshore.bundles.exceptions import BundleError, BundleSettingsError
from longshore.bundles.repository import COMMIT, Repository
from longshore.bundles.snapshots import Snapshots, extract
from longshore.bundles.unfinished_snapshots import unfinished_snapshots
from longshore.bundles.web_address import web_address

log = logging.getLogger(__name__)


class GitSnapshotDagBundle(BaseDagBundle):
    """Follows a branch, or keeps to one commit, of a git repository.

    Args:
        url: of the repository, `https://`, `http://`, `git://` or `file://`; without a password.
        branch: the branch to follow. Give this or `commit`.
        commit: the full name of the commit to keep to.
        subdir: the folder of DAGs in the repository. Default: all of it.
        snapshots: where archives are kept, `s3://…` or `file:///…`; a folder with the bundle's name is made there.
        connection_id: the Airflow connection whose keys open `snapshots`. Default: the credentials of where we run.
        credentials: a folder with the files `username` and `password` for the repository; it has to exist where the DAG
            processor runs, and nowhere else. Default: the repository asks for none.
        others: Airflow's own: `name`, `version`, `refresh_interval` in seconds, `view_url_template`.
    """

    supports_versioning = True

    def __init__(
        self,
        *,
        url: str,
        branch: str | None = None,
        commit: str | None = None,
        subdir: str = "",
        snapshots: str,
        connection_id: str | None = None,
        credentials: str | None = None,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self.subdir = subdir.strip("/")
        self.url = url
        _check(self.name, url=url, branch=branch, commit=commit, subdir=self.subdir, snapshots=snapshots)
        if self.version is not None and not COMMIT.fullmatch(self.version):
            raise BundleSettingsError(f"The bundle {self.name!r} has commits as versions, not {self.version!r}.")
        self._repository = Repository(url, branch, commit, Path(credentials) if credentials else None)
        # By folder, because a commit has another archive when another folder of it is asked for.
        place = "/".join(part for part in (snapshots.rstrip("/"), self.name, self.subdir) if part)
        self._snapshots = Snapshots(place, connection_id)
        self._current = self.version
        self._let_go: Callable[[], object] = ExitStack().close  # of the commit's folder

    @property
    def path(self) -> Path:
        """The folder of the commit; of none yet, one that does not exist."""
        return Path(self.versions_dir, self._current or "no-commit-yet")

    def get_current_version(self) -> BundleVersion | None:
        """Returns the commit whose files are in `path`."""
        return None if self._current is None else BundleVersion(self._current)

    def initialize(self) -> None:
        """Makes the commit's files be there: of the version, or of the newest commit that was announced.

        Raises:
            SnapshotError: the archive cannot be had.
        """
        if self.version is not None:
            if not self.path.exists():
                with self.lock():  # a worker's other tasks may want it at the same moment
                    extract(self._snapshots.read(self.version), self.path)
        elif (commit := self._snapshots.latest()) is not None:
            with self.lock():
                self._adopt(commit)
        super().initialize()

    def refresh(self) -> None:
        """Takes the branch's head where it has moved. Where that fails the last commit stays, and the log says why.

        Raises:
            BundleError: it fails and there is no commit yet.
        """
        if self.version is not None:
            raise BundleSettingsError(f"The bundle {self.name!r} is at version {self.version}, which never changes.")
        try:
            with self.lock():
                self._follow()
        except BundleError as error:
            # Raising would keep a DAG processor that has just started from parsing the DAGs that it has.
            if self._current is None:
                raise
            log.error("The bundle %r stays at commit %s: %s", self.name, self._current, error)
        for file in unfinished_snapshots(self.name, current=self.path, versions=self.versions_dir):
            os.utime(file)  # changed, for Airflow: it is parsed with the next ones

    def view_url_template(self) -> str | None:
        """Returns the commit's page on the repository's web host, with `{version}` in place of the commit."""
        return super().view_url_template() or web_address(self.url, subdir=self.subdir)

    def _follow(self) -> None:
        head = self._repository.head()
        if head == self._current:
            return
        if not self._snapshots.has(head):
            clone = self.base_dir / "repository.git"
            head = self._repository.fetch(clone)
            self._snapshots.write(head, self._repository.archive(clone, head, subdir=self.subdir))
        self._adopt(head)
        self._snapshots.announce(head)
        log.info("The bundle %r is at commit %s.", self.name, head)

    def _adopt(self, commit: str) -> None:
        if not (folder := Path(self.versions_dir, commit)).exists():
            extract(self._snapshots.read(commit), folder)
        # Airflow removes folders of versions that were not used for a while; this one is in use.
        in_use = ExitStack()
        in_use.enter_context(BundleVersionLock(self.name, commit))  # type: ignore[no-untyped-call]
        self._let_go()
        self._let_go = weakref.finalize(self, in_use.close)
        self._current = commit


def _check(name: str, *, url: str, branch: str | None, commit: str | None, subdir: str, snapshots: str) -> None:
    """Raises a BundleSettingsError for the first argument that cannot be right."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http", "git", "file"):
        raise BundleSettingsError(
            f"The bundle {name!r} cannot follow {url!r}: only https://, http://, git:// and file:// are known."
        )
    if parts.password is not None:
        raise BundleSettingsError(
            f"The bundle {name!r} has a password in its url, where everybody can read it: use 'credentials'."
        )
    if (branch is None) == (commit is None):
        raise BundleSettingsError(f"The bundle {name!r} needs either a 'branch' or a 'commit', and not both.")
    if commit is not None and not COMMIT.fullmatch(commit):
        raise BundleSettingsError(f"The bundle {name!r} needs the full name of its commit, not {commit!r}.")
    if ".." in PurePosixPath(subdir).parts:
        raise BundleSettingsError(
            f"The bundle {name!r} has {subdir!r} as its folder, which leads out of the repository."
        )
    if not urlsplit(snapshots).scheme:
        raise BundleSettingsError(
            f"The bundle {name!r} has {snapshots!r} as place of its snapshots: give s3://… or file:///…."
        )
