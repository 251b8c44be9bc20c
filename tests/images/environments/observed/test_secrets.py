"""Values in Secrets are read, or their absence is told with the way out."""

import pytest
from environments.exceptions import NotYetError
from environments.observed.secrets import parts, texts


def test_a_secret_that_is_missing_has_no_texts() -> None:
    assert texts(None) == {}
    assert texts({"data": {"a": "Yg=="}}) == {"a": "b"}


def test_only_what_is_named_is_taken() -> None:
    secret = {"connections.json": '{"a": 1, "production_db": 2}'}
    assert parts(secret, "connections.json", names=("a",)) == {"a": 1}
    assert parts({}, "variables.json", names=()) == {}


@pytest.mark.parametrize("text", ["{", "[]", "null", "{}"])
def test_what_is_named_and_not_there_is_told(text: str) -> None:
    with pytest.raises(NotYetError, match=r"connections\.json"):
        parts({"connections.json": text}, "connections.json", names=("a",))
