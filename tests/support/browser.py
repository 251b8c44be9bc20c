"""A headless Chromium for tests, driven by Playwright; who asks for it is skipped where none is on the path."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@contextmanager
def new_tab(*, width: int = 1200, height: int = 900) -> Iterator[Page]:
    """A tab; what scripts in it do wrong fails the test."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no Chromium is on the path (looked for {', '.join(_PROGRAMS)})")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program)
        tab = browser.new_page(viewport={"width": width, "height": height})
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
        yield tab
        browser.close()
    assert wrong == []
