"""A checkout of the project that is a real git repository with a branch."""

from pathlib import Path

from cli.dags.repositories import DAG, commit, git, repository

from support.longshore_commands import ROOT


def branched_checkout(folder: Path) -> Path:
    """Makes a checkout of the project, on its branch main; the branch `feature/x` has a DAG more."""
    repository(folder)
    (folder / ".git" / "info" / "exclude").write_text("images\njob-templates\n")
    for name in ("images", "job-templates"):
        (folder / name).symlink_to(ROOT / name)
    git(folder, "switch", "--quiet", "--create", "feature/x")
    commit(folder, "two", {"dags/two.py": DAG.format(name="two")})
    git(folder, "switch", "--quiet", "main")
    return folder
