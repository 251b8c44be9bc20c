"""The page of the report. What it looks like is docs/pictures/sizing.png."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from longshore_cli.sizing.page import page
from longshore_cli.sizing.report import Prices, report_of

from .described_runs import described, task

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
VOID = {"meta", "wbr"}


class Checked(HTMLParser):
    """Fails where an element is not closed, or the page would load something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href", "srcset"} & {name for name, _ in attrs}
        assert tag not in ("script", "link", "iframe", "img")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> str:
    """The text of a page that is whole and loads nothing."""
    parser = Checked()
    parser.feed(html)
    assert parser.open == []
    assert not re.search(r"url\(|@import", html)
    return " ".join(parser.text)


def test_the_page_has_each_task_and_owner_with_what_it_wastes_and_its_price() -> None:
    report = report_of([task("default/sized/flights", described(full="executor_heap")), task("b", described(hours=10))])
    text = read(page(report, prices=Prices(gib_hour=0.01, currency="EUR"), cluster="vc1", now=NOW))
    for shown in (
        "default/sized/flights",
        "team",
        "vc1",
        "2026-11-30 12:00 UTC",
        "3.2 of 9.0",
        "0.63 EUR",
        "Prices: 0.01 EUR",
    ):
        assert shown in text


def test_names_are_text() -> None:
    report = report_of([task("<script>alert(1)</script>", described(owner="<b>'x'"))])
    assert "<script>alert(1)</script>" in read(page(report, prices=Prices(), cluster="vc1", now=NOW))


@pytest.mark.parametrize("known", [[], [task("a", described(driver=0.0))], [task("a")]])
def test_a_page_without_known_peaks_says_so(known: list[dict[str, object]]) -> None:
    text = read(page(report_of(known), prices=Prices(), cluster="vc1", now=NOW))
    assert "No run with known peaks." in text
    assert "price of waste" not in text
