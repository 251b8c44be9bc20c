"""The user that jobs run as where root runs the platform, and what jobs need of the checkout and its state.

Root's jobs could read every secret of the platform. As another user they see what is named here, at its usual place,
also if the checkout lies in root's own folder (docs/decisions/2026-11-30-jobs-as-another-user.md).
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from longshore_cli.embedded.layout import Layout

JOB_USER = 60888
"""A user ID that neither distributions nor systemd give to anyone. Source: systemd, "Users, Groups, UIDs and GIDs"."""
_TRIAL = ("unshare", "--mount", "--pid", "--ipc", "--fork", "--mount-proc", "true")


def unseparated() -> str | None:
    """Returns why jobs cannot run as another user here. None: they can.

    The reason is empty where root does not run us: jobs are then the user's own programs, as all of the platform.
    """
    if os.geteuid() != 0:
        return ""
    try:
        done = subprocess.run(_TRIAL, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"unshare: {error.strerror}"
    return (done.stderr.strip() or f"unshare ended with status {done.returncode}") if done.returncode != 0 else None


def hand_over(layout: Layout) -> None:
    """Makes the lake and the reports the job user's, as often as root's files are found at their top.

    Event logs become root's alone: each job is shown its own.
    """
    for folder in (layout.lake, layout.reports):
        if folder.stat().st_uid == JOB_USER:
            continue
        # The folder last: where this is interrupted, it begins anew.
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in (*folders, *files):
                os.chown(Path(parent) / name, JOB_USER, JOB_USER, follow_symlinks=False)
        os.chown(folder, JOB_USER, JOB_USER)
    layout.event_logs.chmod(0o700)


def compile_applications(layout: Layout) -> None:
    """Compiles the applications' modules, whose folders jobs cannot write to: each job would compile them anew."""
    for image in _images(layout):
        command = [str(image / ".venv/bin/python"), "-m", "compileall", "-q", str(image / "app")]
        subprocess.run(command, capture_output=True, check=False)  # without them jobs are only slower


def spark_folders(layout: Layout) -> dict[str, str]:
    """Returns the `job_folders` of Spark's release."""
    spark, _ = _images(layout)
    return {
        **_programs(spark),
        # Links lead from here to the cache in the user's home: the jars, and the archive of classes.
        **{str(link.resolve().parents[1]): "read" for link in (spark / ".jars").glob("*") if link.is_symlink()},
        str(layout.connections): "copy",
        str(layout.artifacts): "read",
        str(layout.lake): "write",
    }


def report_folders(layout: Layout) -> dict[str, str]:
    """Returns the `job_folders` of the release `delay-report`."""
    _, report = _images(layout)
    return {**_programs(report), str(layout.connections): "copy", str(layout.reports): "write"}


def _images(layout: Layout) -> tuple[Path, Path]:
    return layout.root / "images/spark", layout.root / "images/delay-report"


def _programs(image: Path) -> dict[str, str]:
    return {str(path): "read" for path in (image, *_python(image / ".venv"))}


def _python(environment: Path) -> Iterator[Path]:
    # Its interpreter is a link to one that may lie in the user's home.
    settings = environment / "pyvenv.cfg"
    if not settings.exists():
        return  # its jobs say that `make init` is missing
    for line in settings.read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "home":
            yield Path(value.strip()).parent
