import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import TemplateNotFoundError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.job_templates import template_id


@pytest.fixture
def hook(api: Any, connect: Callable[..., None]) -> EmrContainersHook:
    connect(api.url)
    return EmrContainersHook()


def test_template_id_is_not_looked_up(hook: EmrContainersHook, api: Any) -> None:
    assert template_id(hook, "0123456789abcdefghi") == "0123456789abcdefghi"
    assert api.requests == []


def test_template_name_is_the_newest_of_all_pages(hook: EmrContainersHook, api: Any) -> None:
    names = ["jdbc-to-spark", "other", "jdbc-to-spark", "other", "jdbc-to-spark"]
    dates = ["2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-09-01T00:00:00Z"]
    dates += ["2026-02-01T00:00:00Z"]
    api.templates = [
        {"id": f"id{n}", "name": name, "createdAt": date}
        for n, (name, date) in enumerate(zip(names, dates, strict=True))
    ]
    assert template_id(hook, "jdbc-to-spark") == "id2"
    assert len(api.asked("GET", "/jobtemplates")) == 3


def test_unknown_template_is_an_error_that_names_those_there_are(hook: EmrContainersHook, api: Any) -> None:
    api.templates = [{"id": "id1", "name": "spark-to-spark", "createdAt": "2026-01-01T00:00:00Z"}]
    with pytest.raises(TemplateNotFoundError, match=r"'jdbc-to-spak' at http://.*There are: spark-to-spark\. Create"):
        template_id(hook, "jdbc-to-spak")
    api.templates = []
    with pytest.raises(TemplateNotFoundError, match="There are: none at all"):
        template_id(hook, "jdbc-to-spark")


def test_template_is_asked_for_by_its_name(hook: EmrContainersHook, api: Any) -> None:
    api.templates = [{"id": "id1", "name": "a b", "createdAt": "2026-01-01T00:00:00Z"}]
    assert template_id(hook, "a b") == "id1"
    ((_, path, _),) = api.requests
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(path).query) == {"name": ["a b"]}
