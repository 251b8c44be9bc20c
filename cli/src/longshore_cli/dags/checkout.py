"""The checkout: which commit to deploy, and which DAG files it has."""

from dataclasses import dataclass
from pathlib import Path

from longshore_cli.clients.git import git
from longshore_cli.exceptions import DeployError

FOLDER = "dags"
"""The folder of DAGs in the repository."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit to deploy."""

    sha: str
    subject: str
    files: tuple[str, ...]
    """The files in which Airflow looks for DAGs, relative to `FOLDER`."""

    @property
    def short(self) -> str:
        return self.sha[:7]


def commit_to_deploy(folder: Path, revision: str | None) -> tuple[Path, Commit]:
    """Returns the top folder of the checkout around `folder`, and the commit to deploy.

    Args:
        revision: any name of a commit; None for HEAD, and then everything below `FOLDER` must be committed.

    Raises:
        DeployError: the checkout or the commit does not exist, changes are uncommitted, or the commit has no DAGs.
    """
    root = _top(folder)
    if revision is None and (changed := _uncommitted(root)):
        raise DeployError(
            f"Not committed: {', '.join(changed)}. Only commits are deployed. Commit the changes, or pass "
            "--commit HEAD to deploy without them."
        )
    sha = _resolve(root, "HEAD" if revision is None else revision)
    files = _dag_files(root, sha)
    if not files:
        raise DeployError(f"The commit {sha[:7]} has no file below {FOLDER}/ in which Airflow looks for DAGs.")
    subject = git(root, "log", "-1", "--format=%s", sha).strip()
    return root, Commit(sha=sha, subject=subject, files=files)


def _top(folder: Path) -> Path:
    try:
        return Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    except DeployError as error:
        if "not a git repository" not in str(error):
            raise
        raise DeployError(
            f"{str(folder)!r} is not a git checkout, and only commits are deployed. Clone the repository with git, or "
            "make one: `git init && git add . && git commit`."
        ) from error


def _uncommitted(root: Path) -> list[str]:
    listed = git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", FOLDER)
    return [entry[3:] for entry in listed.split("\0") if entry]


def _resolve(root: Path, revision: str) -> str:
    try:
        return git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    except DeployError as error:
        raise DeployError(
            f"There is no commit {revision!r} in {str(root)!r}. Fetch it, or name another one."
        ) from error


def _dag_files(root: Path, sha: str) -> tuple[str, ...]:
    # The rule of Airflow's "safe mode": the file must mention Airflow, and DAGs or assets.
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
