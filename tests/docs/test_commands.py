"""Every `longshore` command that a page shows can be called so."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from longshore_cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CALLS = sorted(
    {
        line.strip().removeprefix("$ ")
        for page in PAGES
        for block in re.findall(r"```(?:sh|bash|console)\n(.*?)```", page.read_text(), re.DOTALL)
        for line in block.splitlines()
        if re.match(r"(\$ )?longshore ", line.strip())
    }
)


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_understood(call: str) -> None:
    _, *words = shlex.split(call, comments=True)
    command, name = typer.main.get_command(app), "longshore"
    while hasattr(command, "commands"):  # groups have no options of their own
        name, *words = words
        command = command.commands[name]
    command.make_context(name, words)


def test_there_are_calls_of_every_group() -> None:
    groups = {name for name, command in typer.main.get_command(app).commands.items() if hasattr(command, "commands")}
    assert groups - {shlex.split(call, comments=True)[1] for call in CALLS} == set()
