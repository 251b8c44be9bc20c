"""The page in a browser, in a frame as Airflow has it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from images.airflow_page.conftest import HOSTILE
from images.airflow_page.fake_kubernetes import FakeKubernetes
from support.browser import new_tab
from support.framed_pages import served

# As Airflow's own page has it (airflow/ui, the route `plugin/:page`): no windows, no dialogs of the browser's own.
FRAME = """<!doctype html><html class="{mode}"><title>Airflow</title><body style="margin:0">
<iframe title="Environments" sandbox="allow-scripts allow-same-origin allow-forms allow-downloads" src="environments/"
style="border:none;width:100%;height:95vh"></iframe>"""


@pytest.fixture
def airflow(app_of: Callable[..., Any]) -> Iterator[str]:
    """The address of a server that holds the page in a frame, for the user ada."""
    with served({"/environments": app_of("ada")}, frame=FRAME) as address:
        yield address


@pytest.fixture
def tab(airflow: str) -> Iterator[Any]:
    """The page in a browser's tab."""
    with new_tab() as tab:
        tab.goto(airflow)
        yield tab


def test_a_user_creates_an_environment_watches_it_come_up_opens_it_and_deletes_it(
    tab: Any, airflow: str, kubernetes: FakeKubernetes
) -> None:
    from playwright.sync_api import expect

    page = tab.frame_locator("iframe")
    page.get_by_label("Branch").fill("feature/x")
    page.get_by_label("flights_db").check()
    page.get_by_role("button", name="Create").press("Enter")
    line = page.get_by_role("row", name="feature-x")
    expect(line).to_contain_text("Pending")
    assert kubernetes.objects["feature-x"]["spec"]["connections"] == ["flights_db"]
    kubernetes.objects["feature-x"]["status"] = {
        "phase": "Ready",
        "commit": "0123456789abcdef",
        "url": f"{airflow}/?mode=dark",
        "importErrors": [{"file": "broken.py", "message": "<script>alert(1)</script>"}],
    }
    expect(line).to_contain_text("Ready")
    expect(line).to_contain_text("0123456")
    line.get_by_text("1 file cannot be imported").click()
    expect(line).to_contain_text("<script>alert(1)</script>")
    with tab.context.expect_page() as opened:
        line.get_by_role("button", name="Open").press("Enter")
    assert opened.value.url == f"{airflow}/?mode=dark"
    tab.bring_to_front()
    line.get_by_role("button", name="Delete").press("Enter")
    tab.keyboard.press("Escape")
    assert "deletionTimestamp" not in kubernetes.objects["feature-x"]["metadata"]
    line.get_by_role("button", name="Delete").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(line).to_contain_text("Deleting")


def test_a_hostile_branch_is_shown_as_what_it_is(tab: Any, kubernetes: FakeKubernetes) -> None:
    from playwright.sync_api import expect

    page = tab.frame_locator("iframe")
    expect(page.locator("#branches option")).to_have_count(2)
    page.get_by_label("Branch").fill(HOSTILE)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("cell", name=HOSTILE)).to_be_visible()
    assert page.locator("td img").count() == 0


def test_anothers_environment_has_no_buttons_but_to_open_it(tab: Any, kubernetes: FakeKubernetes) -> None:
    from playwright.sync_api import expect

    kubernetes.put("theirs", owner="bob", status={"phase": "Ready", "url": "https://example.com/env/theirs"})
    page = tab.frame_locator("iframe")
    line = page.get_by_role("row", name="theirs")
    tab.reload()
    expect(line).to_contain_text("bob")
    assert [each.inner_text() for each in line.get_by_role("button").all()] == ["Open"]


def test_an_address_that_is_a_script_cannot_be_opened(tab: Any, kubernetes: FakeKubernetes) -> None:
    from playwright.sync_api import expect

    kubernetes.put("mine", owner="ada", status={"phase": "Ready", "url": "javascript:alert(1)"})
    tab.reload()
    line = tab.frame_locator("iframe").get_by_role("row", name="mine")
    expect(line).to_contain_text("Ready")
    assert line.get_by_role("button", name="Open").count() == 0


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colours_follow_airflows_own(tab: Any, airflow: str, mode: str) -> None:
    tab.emulate_media(color_scheme="light" if mode == "dark" else "dark")
    tab.goto(f"{airflow}/?mode={mode}")
    body = tab.frame_locator("iframe").locator("body")
    white = "rgb(255, 255, 255)"
    assert (body.evaluate("each => getComputedStyle(each).backgroundColor") == white) == (mode == "light")
