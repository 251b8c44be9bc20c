"""Rules that every command keeps."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from longshore_cli.main import app

LONGSHORE = str(Path(sys.executable).parent / "longshore")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yields every command with its whole name."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


def options(command: Any) -> dict[str, str]:
    """Returns the help of each option."""
    return {word: option.help or "" for option in command.params for word in option.opts if word.startswith("--")}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name.endswith(" list")])
def test_every_list_can_be_read_by_programs(name: str) -> None:
    assert "--json" in options(COMMANDS[name])


def test_every_question_names_the_option_that_answers_it_and_the_help_says_when_it_is_needed() -> None:
    asking = {
        name: source
        for name, command in COMMANDS.items()
        if "typer.confirm" in (source := inspect.getsource(inspect.unwrap(command.callback)))
    }
    assert "env delete" in asking
    for name, source in asking.items():
        (question,) = re.findall(r"typer\.confirm\((.*?)abort=True", source, re.DOTALL)
        (option,) = re.findall(r"\((--[a-z-]+) ", question)
        assert "no terminal" in options(COMMANDS[name])[option]


def test_every_option_is_explained() -> None:
    found = {f"{name} {word}": text for name, each in COMMANDS.items() for word, text in options(each).items()}
    assert [option for option, text in found.items() if not text] == []


@pytest.mark.parametrize(("typed", "completed"), [("longshore jo", "jobs"), ("longshore env pass", "password")])
def test_a_shell_completes_commands(typed: str, completed: str) -> None:
    variables = {"_LONGSHORE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run(
        [LONGSHORE], env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == [completed], done.stderr
