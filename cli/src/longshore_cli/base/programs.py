"""Programs that commands call: their output is returned, their failure becomes one sentence."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from longshore_cli.exceptions import ClusterError

_SHOWN_LINES = 8


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    input: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float | None = None,
    held: Sequence[int] = (),
) -> str:
    """Runs the program, and returns its standard output.

    Args:
        what: the beginning of the message when it fails ("The image 'spark' cannot be built").
        environment: all its variables, instead of ours.
        timeout: in seconds.
        held: open descriptors of ours that the program has, too.

    Raises:
        ClusterError: the program cannot be started, fails, or takes longer than `timeout`.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            env=environment,
            cwd=folder,
            timeout=timeout,
            pass_fds=held,
            check=False,
        )
    except OSError as error:
        raise ClusterError(f"{what}: {str(command[0])!r} cannot be started: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"{what}: {str(command[0])!r} has not ended within {timeout:.0f} s.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip() or f"exit status {done.returncode}"
        raise ClusterError(f"{what}: " + "\n".join(said.splitlines()[-_SHOWN_LINES:]))
    return done.stdout.decode(errors="replace")


def succeeds(command: Sequence[str | Path], *, timeout: float = 60.0) -> bool:
    """Returns true if the program ends with status 0 within `timeout` seconds."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
