"""The program `git`, without the `GIT_*` variables of the hook or shell that calls us."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from longshore_cli.exceptions import DeployError


def git(folder: Path, *arguments: str, timeout: float | None = None) -> str:
    """Runs git, and returns its output.

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
        raise DeployError(f"git cannot be started ({error.strerror}). Install it.") from error
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"`git {_verb(arguments)}` has not ended within {timeout:.0f} s.") from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
        raise DeployError(f"`git {_verb(arguments)}` failed: {said}")
    return done.stdout


def _environment() -> dict[str, str]:
    # Variables of a git hook that calls us would lead to another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:ext", "LC_ALL": "C"}


def _verb(arguments: Sequence[str]) -> str:
    return next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
