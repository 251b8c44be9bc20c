"""Sessions in documents: the commands of `console` blocks, and what they printed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_END = "the-end-of-a-command"


@dataclass(frozen=True)
class Step:
    """One command of a session."""

    command: str
    """With all of its lines."""
    output: str
    """The text below the command."""


def steps(document: str) -> list[Step]:
    """The commands of a document, in order: a line that begins with `$ `, and those that go on with it.

    A command goes on after a backslash, in an open quote, and to the end of a here-document.
    """
    found: list[Step] = []
    for block in re.findall(r"```console\n(.*?)```", document, re.DOTALL):
        for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = text.splitlines()
            length = next(n for n in range(1, len(lines) + 1) if _complete("\n".join(lines[:n])))
            found.append(Step("\n".join(lines[:length]), "\n".join(lines[length:])))
    return found


def run(session: list[Step], *, folder: Path, environment: dict[str, str]) -> list[str]:
    """Runs the commands in one shell. Returns what each prints, standard output and error together."""
    script = "\n".join(f"{step.command}\necho {_END}" for step in session)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return [part.strip("\n") for part in done.stdout.split(f"{_END}\n")[:-1]]


def _complete(command: str) -> bool:
    checked = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True)
    return checked.returncode == 0 and "here-document" not in checked.stderr and not command.endswith("\\")
