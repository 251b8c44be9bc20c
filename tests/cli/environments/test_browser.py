"""A browser is opened where there is a screen."""

import pytest
from longshore_cli.environments.browser import has_browser


@pytest.mark.parametrize("name", ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"])
def test_a_screen_or_a_chosen_browser_is_enough(name: str) -> None:
    assert has_browser({name: ":0"}, platform="linux")
    assert not has_browser({name: ""}, platform="linux")


def test_a_terminal_is_not_a_screen() -> None:
    assert not has_browser({"TERM": "xterm"}, platform="linux")
    assert has_browser({}, platform="darwin")
