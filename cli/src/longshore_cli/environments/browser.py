"""Opening an address in the user's browser."""

import os
import sys
import webbrowser
from collections.abc import Mapping


def has_browser(environment: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Returns true if a page can be shown in a window: a browser in the terminal would take over the terminal. Pure."""
    return platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )


def open_in_browser(url: str) -> bool:
    """Opens the address. Returns false if there is no browser."""
    return has_browser(os.environ) and webbrowser.open(url)
