"""Real git repositories for tests."""

import os
import subprocess
from pathlib import Path

DAG = 'from airflow.sdk import DAG\n\nwith DAG("{name}"):\n    pass\n'
_IDENTITY = {
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "a"), ("EMAIL", "a@b"))
    },
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    """Runs git, and returns its output."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, env=os.environ | _IDENTITY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """A checkout with one DAG that is committed."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "the first", {"dags/one.py": DAG.format(name="one"), "README.md": "airflow, dags\n"})
    return folder


def commit(folder: Path, subject: str, files: dict[str, str]) -> str:
    """Commits files by path and content; the commit's name."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", subject)
    return git(folder, "rev-parse", "HEAD")


def server(folder: Path) -> Path:
    """A bare repository, as the cluster's git server has one."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    return folder
