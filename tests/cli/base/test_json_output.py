"""Lists as JSON."""

import json
from datetime import UTC, datetime

import pytest
from longshore_cli.base.json_output import json_text

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_times_keep_their_zone_and_unknown_values_are_null() -> None:
    text = json_text([{"name": "a", "createdAt": NOON, "url": None}])
    assert json.loads(text) == [{"name": "a", "createdAt": "2026-01-31T12:00:00+00:00", "url": None}]


def test_an_empty_list_is_a_list() -> None:
    assert json.loads(json_text([])) == []


def test_a_value_without_a_form_in_json_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="A set has no form in JSON"):
        json_text([{"names": {"a"}}])
