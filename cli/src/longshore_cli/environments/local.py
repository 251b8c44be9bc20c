"""`longshore env create --local`: runs a branch in an embedded Airflow, without a cluster.

The branch gets a git worktree outside the checkout, and next to it a folder that stands for a checkout: it has the
branch's DAGs and job templates, this checkout's images, which are set up already, and its own state.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from longshore_cli.clients.git import git
from longshore_cli.embedded.dev import run_dev
from longshore_cli.environments.resource.names import checked_branch, checked_name, name_from
from longshore_cli.exceptions import DeployError, EmbeddedError


@dataclass(frozen=True, kw_only=True)
class LocalLayout:
    """The folders of one branch's environment on this machine."""

    root: Path
    """The checkout with the branch."""
    name: str

    @property
    def folder(self) -> Path:
        """The folder of everything; two checkouts can have environments of the same name."""
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:8]
        return state / "longshore" / "environments" / f"{self.name}-{digest}"

    @property
    def worktree(self) -> Path:
        return self.folder / "worktree"

    @property
    def platform(self) -> Path:
        """The folder that the embedded platform takes for a checkout; its `.longshore` has the state."""
        return self.folder / "platform"


def run_local(folder: Path, *, branch: str, name: str | None) -> None:
    """Runs an Airflow with the branch's DAGs until Ctrl-C.

    Args:
        folder: a folder of the checkout with the branch.

    Raises:
        DeployError: the branch does not exist. EmbeddedError: a part does not start.
    """
    layout, commit = prepare(folder, branch=branch, name=name)
    where = f"the branch {branch} at {commit[:7]}, in {str(layout.worktree)!r}"
    Console(highlight=False).print(where, markup=False, soft_wrap=True)
    # For the tags `only:<environment>` of DAGs.
    os.environ["AIRFLOW__LONGSHORE__ENVIRONMENT_NAME"] = layout.name
    run_dev(layout.platform)


def prepare(folder: Path, *, branch: str, name: str | None) -> tuple[LocalLayout, str]:
    """Sets up the folders with the branch's newest commit; returns both. Raises: see `run_local`."""
    root = Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
    commit = _commit(root, checked_branch(branch))
    layout = LocalLayout(root=root, name=checked_name(name or name_from(branch)))
    layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (layout.worktree / ".git").exists():
        # Without --force: git refuses to overwrite changes in the worktree.
        git(layout.worktree, "checkout", "--quiet", "--detach", commit)
    else:
        git(root, "worktree", "prune")
        # Detached: the branch may be checked out elsewhere.
        git(root, "worktree", "add", "--quiet", "--detach", str(layout.worktree), commit)
    layout.platform.mkdir(exist_ok=True)
    for part, places in (
        ("dags", [layout.worktree]),
        ("job-templates", [layout.worktree, root]),
        ("images", [root]),
    ):
        _link(layout.platform / part, places=places)
    return layout, commit


def _commit(root: Path, branch: str) -> str:
    for ref in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        try:
            return git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
        except DeployError:
            continue
    raise DeployError(
        f"Neither {str(root)!r} nor its origin has a branch {branch!r}. Fetch new branches with `git fetch origin`."
    )


def _link(link: Path, *, places: list[Path]) -> None:
    target = next((place / link.name for place in places if (place / link.name).is_dir()), None)
    if target is None:
        raise EmbeddedError(f"{str(places[-1])!r} has no folder {link.name}/, so it is not a checkout of Longshore.")
    link.unlink(missing_ok=True)
    link.symlink_to(target)
