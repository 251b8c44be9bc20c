"""The page "Environments" of the shared Airflow in a browser: from a branch to an environment, and to its end."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.dags.repositories import repository
from cluster.environments.live import KIND, UP_SECONDS, LiveEnvironment, bring
from cluster.parts import ROOT, Cluster, eventually
from longshore_cli.cluster import namespaces
from support.browser import new_tab

pytestmark = pytest.mark.timeout(900)
PICTURE = ROOT / "docs" / "environments" / "page.png"
"""Written where LONGSHORE_WRITE_SCREENSHOTS is 1."""
PAGES_ACCOUNT = f"system:serviceaccount:{namespaces.AIRFLOW}:airflow-api-server"


@pytest.fixture
def tab(cluster: Cluster) -> Iterator[Any]:
    """A browser in which the shared Airflow's user has signed in."""
    airflow = cluster.environment
    with new_tab() as tab:
        tab.set_default_timeout(60_000)
        tab.goto(airflow.airflow_url)
        tab.get_by_label("Username").fill(airflow.airflow_user)
        tab.locator("input[type=password]").fill(airflow.airflow_password)
        tab.get_by_role("button", name="Sign in").click()
        yield tab


@pytest.fixture
def wanted(cluster: Cluster) -> Iterator[LiveEnvironment]:
    """One that the test makes on the page; whatever came of it, it is gone at the end."""
    it = LiveEnvironment(cluster=cluster, name=f"test-{uuid.uuid4().hex[:8]}", owner=cluster.environment.airflow_user)
    yield it
    words = ("-n", namespaces.ENVIRONMENTS, "delete", KIND, it.name, "--ignore-not-found", "--wait=false")
    # For others only who makes them for others may do that.
    cluster.kubectl.run(*words, "--as", PAGES_ACCOUNT, what=f"environment {it.name}")
    eventually(lambda: it.found() is None, seconds=180, what=f"the end of {it.name}")


def test_somebody_makes_an_environment_opens_it_puts_it_to_sleep_and_deletes_it(
    cluster: Cluster, tab: Any, wanted: LiveEnvironment, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)
    branch = f"feature/{wanted.name}"
    head = bring(cluster, repository(tmp_path / "checkout"), branch=branch)
    tab.get_by_role("link", name="Environments").click()
    page = tab.frame_locator("iframe")
    expect(page.locator(f"#branches option[value='{branch}']")).to_have_count(1)
    page.get_by_label("Branch").fill(branch)
    page.get_by_label("Name").fill(wanted.name)
    page.get_by_label("Lives, unused, for").select_option("8h")
    page.get_by_role("button", name="Create").click()

    row = page.get_by_role("row", name=wanted.name)
    expect(row).to_contain_text("yours")
    expect(row.locator(".phase")).to_have_text("Ready", timeout=UP_SECONDS * 1000)
    expect(row).to_contain_text(head[:7])
    made = wanted.found()
    assert made is not None
    assert (made["spec"]["owner"], made["spec"]["git"]["branch"]) == (wanted.owner, branch)
    with tab.context.expect_page() as opened:
        row.get_by_role("button", name="Open").click()
    opened.value.get_by_label("Username").wait_for()
    assert opened.value.url.startswith(f"{wanted.url}/")
    opened.value.close()
    if os.environ.get("LONGSHORE_WRITE_SCREENSHOTS") == "1":
        tab.screenshot(path=PICTURE)

    row.get_by_role("button", name="Sleep").click()
    expect(row.locator(".phase")).to_have_text("Asleep")
    wanted.wait_for_no_pods()
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0, timeout=180_000)
    assert wanted.found() is None


def test_what_the_cluster_does_not_take_is_told_on_the_page(tab: Any) -> None:
    from playwright.sync_api import expect

    tab.get_by_role("link", name="Environments").click()
    page = tab.frame_locator("iframe")
    page.get_by_label("Branch").fill("main")
    page.get_by_label("Name").fill("api")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#message")).to_contain_text("This name is kept for the platform", timeout=60_000)
