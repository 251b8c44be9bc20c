"""Messages of a command while it works."""

import io

from longshore_cli.base.progress import Progress
from rich.console import Console


def told(*, terminal: bool) -> str:
    output = io.StringIO()
    with Progress(Console(file=output, force_terminal=terminal, width=40)) as progress:
        progress.now("waiting [for] it")
        progress.now("waiting [for] it")
        progress.say("a line that is longer than the forty characters of the terminal [x]")
        progress.now("waiting still")
    return output.getvalue()


def test_without_a_terminal_each_change_is_a_line() -> None:
    assert told(terminal=False).splitlines() == [
        "waiting [for] it",
        "a line that is longer than the forty characters of the terminal [x]",
        "waiting still",
    ]


def test_on_a_terminal_the_current_activity_leaves_no_line_behind() -> None:
    output = told(terminal=True)
    assert "a line that is longer than the forty characters of the terminal [x]\n" in output
    assert output.endswith("\x1b[2K")  # the last one is wiped out
