"""The page in a browser, in a frame as Airflow has it, over a real job server with 10,000 job runs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from images.airflow_page.job_runs.conftest import CLUSTER, STORED, Store
from images.airflow_page.job_runs.people import Someone, page_of
from support.browser import new_tab
from support.framed_pages import served
from support.job_runs import job, wait

FRAME = """<!doctype html><html class="light"><title>Airflow</title><body style="margin:0">
<iframe title="Job runs" sandbox="allow-scripts allow-same-origin allow-forms allow-downloads" src="job-runs/"
style="border:none;width:100%;height:98vh"></iframe>"""
ADMIN = Someone(name="admin", admin=True)


@pytest.fixture
def tab_of(api: Any) -> Iterator[Callable[[Someone], Any]]:
    """Returns the page in a browser's tab, as a user sees it."""
    from playwright.sync_api import expect

    opened: list[Any] = []

    def make(user: Someone) -> Any:
        address = served({"/job-runs": page_of(api, user)}, frame=FRAME)
        tab = new_tab(width=1400)
        opened.extend((tab, address))
        url, shown = address.__enter__(), tab.__enter__()
        expect.set_options(timeout=60_000)  # a busy machine takes its time
        shown.goto(url)
        return shown

    yield make
    for each in opened:
        each.__exit__(None, None, None)
    expect.set_options(timeout=5_000)


def names(page: Any) -> list[str]:
    return [str(each) for each in page.locator("#rows .name").all_inner_texts()]


def test_ten_thousand_runs_are_shown_a_page_at_a_time(tab_of: Callable[[Someone], Any]) -> None:
    from playwright.sync_api import expect

    tab = tab_of(ADMIN)
    page = tab.frame_locator("iframe")
    page.locator("#states button", has_text="COMPLETED").click()
    rows = page.locator("#rows tr")
    expect(page.locator(f"#rows tr[data-id='{STORED - 1:019d}']")).to_have_count(0)  # which has failed
    expect(rows).to_have_count(50)
    newest, last = (str(rows.nth(number).get_attribute("data-id")) for number in (0, 49))
    page.get_by_role("button", name="Older").click()
    expect(rows.first).not_to_have_attribute("data-id", newest)
    expect(page.locator(f"#rows tr[data-id='{last}']")).to_have_count(0)
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Newest").click()
    expect(rows.first).to_have_attribute("data-id", newest)
    page.locator("#states button", has_text="FAILED").click()
    page.get_by_label("Owner, DAG or ID").fill("rare")
    expect(page.locator("#place")).to_have_text("2 found among 2000 job runs")
    assert names(page) == [f"rare.load-{STORED - 1:016x}", f"rare.load-{STORED - 1001:016x}"]


def test_what_a_job_has_said_is_shown_as_what_it_is(tab_of: Callable[[Someone], Any]) -> None:
    from playwright.sync_api import expect

    page = tab_of(ADMIN).frame_locator("iframe")
    page.locator("#states button", has_text="FAILED").click()
    expect(page.locator("#rows tr").first).to_contain_text("the table <img src=x onerror=alert(1)> is missing")
    assert page.locator("td img").count() == 0


def test_runs_are_watched_counted_and_cancelled_and_lead_to_their_task_and_log(
    tab_of: Callable[[Someone], Any], store: Store
) -> None:
    from playwright.sync_api import expect

    # One runs at a time in this virtual cluster.
    start = store.emr.start_job_run
    first = start(virtualClusterId=CLUSTER, **job("sleep.sh", name="sleepy.first-1"))["id"]
    wait(store.emr, CLUSTER, first, "RUNNING")
    tab = tab_of(Someone(changes=("sleepy",)))
    page = tab.frame_locator("iframe")
    expect(page.get_by_role("row", name="sleepy.first-1")).to_contain_text("RUNNING")
    second = start(
        virtualClusterId=CLUSTER, **job("hello.sh", name="sleepy.second-1", tags={"longshore.dev/owner": "ana"})
    )["id"]
    line = page.get_by_role("row", name="sleepy.second-1")
    expect(line).to_contain_text("PENDING")
    expect(line).to_contain_text(
        reason := store.emr.describe_job_run(virtualClusterId=CLUSTER, id=second)["jobRun"]["stateDetails"]
    )
    assert reason
    expect(page.locator("#states button", has_text="PENDING").first.locator("b")).to_have_text("1")
    with tab.context.expect_page() as opened:
        line.get_by_role("button", name="Task").press("Enter")
    assert opened.value.url.endswith("/dags/sleepy/runs/manual__1/tasks/second")
    tab.bring_to_front()
    running = page.get_by_role("row", name="sleepy.first-1")
    running.get_by_role("button", name="Cancel").press("Enter")
    tab.keyboard.press("Escape")
    assert store.emr.describe_job_run(virtualClusterId=CLUSTER, id=first)["jobRun"]["state"] == "RUNNING"
    running.get_by_role("button", name="Cancel").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(running).to_contain_text("CANCELLED")
    expect(line).to_contain_text("COMPLETED")
    assert line.get_by_role("button", name="Cancel").count() == 0
    with tab.context.expect_page() as shown:
        line.get_by_role("button", name="Log").press("Enter")
    expect(shown.value.locator("body")).to_contain_text("hello")


def test_who_may_only_see_a_run_has_no_button_to_cancel_it(tab_of: Callable[[Someone], Any], store: Store) -> None:
    from playwright.sync_api import expect

    run = store.emr.start_job_run(virtualClusterId=CLUSTER, **job("sleep.sh", name="sleepy.third-1"))["id"]
    page = tab_of(Someone(sees=("sleepy",))).frame_locator("iframe")
    line = page.get_by_role("row", name="sleepy.third-1")
    expect(line).to_contain_text("RUNNING")
    assert [each.inner_text() for each in line.get_by_role("button").all()] == ["Task", "Log"]
    store.emr.cancel_job_run(virtualClusterId=CLUSTER, id=run)
    wait(store.emr, CLUSTER, run)
