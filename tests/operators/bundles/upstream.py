"""A git repository to push to."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

DAG = 'from airflow.sdk import DAG\n\nwith DAG("flights"):\n    pass\n'


@dataclass(frozen=True)
class Upstream:
    """A bare repository, and a checkout to push from."""

    url: str
    bare: Path
    checkout: Path

    def push(self, files: dict[str, str | None], *, branch: str = "main", force: bool = False) -> str:
        """Commits the files (None: removes one) and pushes; the commit."""
        for name, content in files.items():
            path = self.checkout / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        self.git("push", "--quiet", *(["--force"] if force else []), str(self.bare), f"HEAD:refs/heads/{branch}")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            cwd=self.checkout, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout
