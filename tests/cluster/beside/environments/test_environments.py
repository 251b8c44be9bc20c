"""An Airflow of one's own, through the gateway as its owner reaches it."""

import time
from pathlib import Path

import pytest
from cli.dags.repositories import DAG, commit
from cluster.environments.live import LiveEnvironment, bring
from cluster.parts import FIGURES, Cluster, eventually

pytestmark = pytest.mark.timeout(900)


def test_its_address_is_in_its_status_and_asks_for_a_password(mine: LiveEnvironment) -> None:
    assert mine.status()["url"] == mine.url
    status, text = mine.open()
    assert (status, "Airflow" in text) == (200, True)
    assert mine.open("/api/v2/dags", accept="application/json")[0] == 401
    mine.airflow().get("dags")


def test_a_push_is_parsed_and_the_status_says_so(
    mine: LiveEnvironment, cluster: Cluster, checkout: Path, branch: str
) -> None:
    before = mine.dag_ids()
    assert "one" in before
    commit(checkout, "a second", {"dags/two.py": DAG.format(name="two")})
    pushed = time.monotonic()
    head = bring(cluster, checkout, branch=branch)
    eventually(lambda: mine.dag_ids() == before | {"two"}, seconds=240, what="the DAG two")
    FIGURES["environment, push to parsed, in seconds"] = f"{time.monotonic() - pushed:.0f}"
    mine.wait_for_commit(head)
    mine.wait_for_reason("Synced", "Parsed")


def test_an_environment_that_is_not_there_is_not_found_and_its_page_says_how_to_make_it(
    cluster: Cluster, mine: LiveEnvironment
) -> None:
    other = LiveEnvironment(cluster=cluster, name="nobody-made-me", owner=mine.owner)
    status, text = other.open()
    assert (status, "longshore env create nobody-made-me" in text) == (404, True)


def test_one_that_nobody_uses_falls_asleep_and_wakes_when_it_is_opened(mine: LiveEnvironment) -> None:
    dags = mine.dag_ids()
    mine.patch(idle="20s")
    mine.wait_for("Asleep")
    mine.wait_for_no_pods()
    opened = time.monotonic()
    status, text = mine.open()
    assert (status, "wakes up" in text) == (503, True)
    mine.patch(idle=None)
    # As its page does.
    eventually(lambda: mine.open()[0] == 200, seconds=120, what="Airflow at its address", every=3.0)
    FIGURES["environment, wake by opening, in seconds"] = f"{time.monotonic() - opened:.0f}"
    mine.wait_for("Ready")
    assert mine.dag_ids() == dags


def test_what_its_owner_puts_to_sleep_says_so_and_stays_asleep(mine: LiveEnvironment) -> None:
    mine.patch(asleep=True)
    mine.wait_for("Asleep")
    status, text = mine.open()
    assert (status, f"longshore env wake {mine.name}" in text) == (503, True)
    assert mine.status()["phase"] == "Asleep"
    mine.patch(asleep=False)
    mine.wait_for("Ready")
