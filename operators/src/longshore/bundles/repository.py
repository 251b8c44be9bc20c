"""A git repository, by the command `git`: what its branch points at, and the files of one commit.

Only the DAG processor comes here, so only its pod needs git and the repository's credentials.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from longshore.bundles.exceptions import GitError

COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
"""A commit's full name, SHA-1 or SHA-256."""
_FETCH_SECONDS = 300.0
_CREDENTIALS = """!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' \
"$(cat "$LONGSHORE_GIT_CREDENTIALS/username")" "$(cat "$LONGSHORE_GIT_CREDENTIALS/password")"; }; f"""
"""A git credential helper. It reads the files whenever git asks, so that a token may be replaced while we run."""


@dataclass(frozen=True)
class Repository:
    """One repository, and the branch or commit of it that is followed."""

    url: str
    """`https://…`, `http://…`, `git://…` or `file://…`."""
    branch: str | None
    """The branch that is followed; None where `commit` is given."""
    commit: str | None
    """The commit that is kept to, by its full name; None where `branch` is given."""
    credentials: Path | None = None
    """A folder with the files `username` and `password`, as in a Secret of the type kubernetes.io/basic-auth. Default:
    a repository that asks for none."""
    patience: float = 10.0
    """Seconds for one small question. The DAG processor waits meanwhile, and is taken for dead after 30 s without a
    heartbeat."""

    def head(self) -> str:
        """Returns the full name of the commit to have.

        Raises:
            GitError: the repository cannot be reached, or has no such branch.
        """
        if self.commit is not None:
            return self.commit
        ref = f"refs/heads/{self.branch}"
        # Git takes the name for a pattern, and answers with every ref that ends like it.
        answer = self._git("ls-remote", "--", self.url, ref, seconds=self.patience)
        for line in answer.decode().splitlines():
            commit, name = line.split("\t", 1)
            if name == ref:
                return commit
        raise GitError(f"{self.url!r} has no branch {self.branch!r}: push it, or set another one.")

    def fetch(self, clone: Path) -> str:
        """Brings the commit, without history, into the bare repository `clone`; its full name.

        Between a `head` and this the branch may move on: this tells what it points at now.

        Raises:
            GitError: the repository cannot be reached, or has no such branch or commit.
        """
        try:
            return self._fetch(clone)
        except GitError:
            # A killed fetch leaves a lock file or a half-written object, which would stop all later fetches.
            shutil.rmtree(clone, ignore_errors=True)
            return self._fetch(clone)

    def archive(self, clone: Path, commit: str, *, subdir: str) -> bytes:
        """Returns the files of the commit's folder `subdir` (empty: the whole commit), as a tar.gz with paths below it.

        Raises:
            GitError: the commit has no such folder.
        """
        try:
            return self._git(f"--git-dir={clone}", "archive", "--format=tar.gz", f"{commit}:{subdir}", seconds=120.0)
        except GitError as error:
            raise GitError(
                f"The folder {subdir!r} of the commit {commit} of {self.url!r} cannot be archived: {error}"
            ) from error

    def _fetch(self, clone: Path) -> str:
        if not clone.exists():
            self._git("init", "--quiet", "--bare", "--", str(clone), seconds=self.patience)
        # Kept as a ref, so that the next fetch asks for new objects only. Forced, because a branch may be rewritten.
        wanted = self.commit or f"refs/heads/{self.branch}"
        self._git(
            f"--git-dir={clone}",
            *("-c", "gc.autoDetach=false"),
            *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"),
            *("--", self.url, f"+{wanted}:refs/longshore/head"),
            seconds=_FETCH_SECONDS,
        )
        answer = self._git(f"--git-dir={clone}", "rev-parse", "refs/longshore/head", seconds=self.patience)
        return answer.decode().strip()

    def _git(self, *arguments: str, seconds: float) -> bytes:
        try:
            done = subprocess.run(
                ["git", *arguments], env=self._environment(), capture_output=True, timeout=seconds, check=False
            )
        except FileNotFoundError as error:
            raise GitError(
                "There is no command 'git' here: let the DAG processor run in an image that has it, as images/airflow."
            ) from error
        except subprocess.TimeoutExpired as error:
            raise GitError(
                f"{self.url!r} did not answer within {seconds:.0f} s: check its address, the network policies on the "
                "way, and the server."
            ) from error
        if done.returncode != 0:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise GitError(f"git cannot read {self.url!r}: {said[:500] or f'exit status {done.returncode}'}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Git's environment: no prompts, no user settings, and no transport that runs a program named by a URL."""
        ours = {
            "GIT_ALLOW_PROTOCOL": "file:git:http:https",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "LC_ALL": "C",
        }
        if self.credentials is not None:
            ours |= {
                "LONGSHORE_GIT_CREDENTIALS": str(self.credentials),
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "credential.helper",
                "GIT_CONFIG_VALUE_0": _CREDENTIALS,
            }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return kept | ours
