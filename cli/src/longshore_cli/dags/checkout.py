"""The checkout as git has it: which commit is meant, and what DAG files it holds."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.exceptions import DeployError

FOLDER = "dags"
"""In the repository."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit."""

    sha: str
    subject: str
    files: tuple[str, ...]
    """The files in which Airflow looks for DAGs, relative to `FOLDER`."""

    @property
    def short(self) -> str:
        return self.sha[:7]


def git(folder: Path, *arguments: str, timeout: float | None = None) -> str:
    """What git prints.

    Raises:
        DeployError: git is not installed, fails, or takes longer than `timeout` seconds.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
        )
    except OSError as error:
        raise DeployError(f"git cannot be started ({error.strerror}); install it.") from error
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"`git {_verb(arguments)}` has not ended within {timeout:.0f} s.") from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        raise DeployError(f"`git {_verb(arguments)}` failed: {said}")
    return done.stdout


def commit_to_deploy(folder: Path, revision: str | None) -> tuple[Path, Commit]:
    """The top folder of the checkout that `folder` lies in, and the commit that is meant.

    Args:
        revision: any name of a commit; if None, HEAD, and then nothing below `FOLDER` may be uncommitted.

    Raises:
        DeployError: there is no checkout or no such commit, something is uncommitted, or there are no DAGs in it.
    """
    root = _top(folder)
    if revision is None and (changed := _uncommitted(root)):
        raise DeployError(
            f"Not committed: {', '.join(changed)}. What is deployed is a commit: commit them, or say --commit HEAD to "
            "deploy without them."
        )
    sha = _resolve(root, "HEAD" if revision is None else revision)
    files = _dag_files(root, sha)
    if not files:
        raise DeployError(f"The commit {sha[:7]} has no file below {FOLDER}/ in which Airflow would look for DAGs.")
    subject = git(root, "log", "-1", "--format=%s", sha).strip()
    return root, Commit(sha=sha, subject=subject, files=files)


def _top(folder: Path) -> Path:
    try:
        return Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    except DeployError as error:
        if "not a git repository" not in str(error):
            raise
        raise DeployError(
            f"{str(folder)!r} is no git checkout, and what is deployed is a commit; clone the repository with git, or "
            "make one: `git init && git add . && git commit`."
        ) from error


def _uncommitted(root: Path) -> list[str]:
    listed = git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", FOLDER)
    return [entry[3:] for entry in listed.split("\0") if entry]


def _resolve(root: Path, revision: str) -> str:
    try:
        return git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    except DeployError as error:
        raise DeployError(f"There is no commit {revision!r} in {str(root)!r}; fetch it, or name another.") from error


def _dag_files(root: Path, sha: str) -> tuple[str, ...]:
    # The rule by which Airflow's "safe mode" chooses: it must speak of Airflow, and of DAGs or assets.
    mentions = ["-e", "airflow", "-e", "dag|asset"]
    options = ["grep", "-l", "-z", "-i", "-a", "-E", "--all-match", "--full-name", *mentions, sha, "--", f"{FOLDER}/"]
    try:
        found = git(root, *options)
    except DeployError as error:
        if "exit status 1" in str(error):  # nothing found
            return ()
        raise
    prefix = f"{sha}:{FOLDER}/"
    names = (entry.removeprefix(prefix) for entry in found.split("\0") if entry)
    return tuple(sorted(name for name in names if name.endswith(".py")))


def _environment() -> dict[str, str]:
    # What a hook of git's that calls us has set would lead to another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:ext", "LC_ALL": "C"}


def _verb(arguments: Sequence[str]) -> str:
    return next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
