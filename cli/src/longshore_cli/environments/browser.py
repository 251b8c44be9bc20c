"""An address in the user's browser, where there is one."""

import os
import sys
import webbrowser
from collections.abc import Mapping


def has_browser(environment: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Whether a page can be shown in a window: a browser in the terminal would take it from us. Pure."""
    return platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    )


def show(url: str) -> bool:
    """Opens the address; whether there was a browser for it."""
    return has_browser(os.environ) and webbrowser.open(url)
