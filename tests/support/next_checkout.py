"""A checkout of the next version: other images, other settings, and another schema of the job server's database."""

import re
import shutil
from pathlib import Path

from support.newer_server import make_newer

CHANGED_IMAGES = {"airflow", "emr-containers", "environments", "gateway"}
"""The images that the next version changes. That of the controller has Airflow's chart in it."""
_NOT_COPIED = (".git", ".longshore", ".venv", ".jars", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")
_SETTINGS = {
    "helm/longshore/values-kind.yaml": (r"^server:\n", "server:\n  requestsPerSecond: 99\n"),
    "helm/airflow/values-kind.yaml": (r"\Z", '\nconfig:\n  core:\n    max_active_runs_per_dag: "15"\n'),
}
_COMMENTS = ("operators/src/longshore/__init__.py", "images/gateway/nginx.conf")


def make_next_checkout(root: Path, folder: Path) -> Path:
    """Copies the checkout `root` into the new folder `folder`, and changes it there. Returns `folder`.

    Raises:
        ValueError: a file is not as it is expected to be.
    """
    shutil.copytree(root, folder, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    make_newer(folder / "images/emr-containers/src/emr_containers")
    for name in _COMMENTS:
        with (folder / name).open("a") as file:
            file.write("# The next version.\n")
    for name, (place, text) in _SETTINGS.items():
        path = folder / name
        changed, count = re.subn(place, text, path.read_text(), count=1, flags=re.MULTILINE)
        if count != 1 or changed.count("\nconfig:") > 1:
            raise ValueError(f"{path} has no place for {text!r}.")
        path.write_text(changed)
    return folder
