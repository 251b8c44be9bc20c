"""Retained rows belong to their owner alone, fit into a Secret, and are read back unchanged."""

from typing import Any

import pytest
from environments.build.retained_rows import Retained, developer_rows, merged, parsed_rows, read, secret, secret_name
from environments.exceptions import RetentionError
from images.environments.world import environment

VARIABLE = {"key": "vé", "val": "gAAA", "is_encrypted": True}
DEFAULT = {"pool": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False}


def kept(**tables: Any) -> Retained:
    return Retained(uid="uid-1", fernet_key="key", tables={"connection": [], "variable": [], "slot_pool": [], **tables})


def test_a_secret_is_read_back_as_it_was() -> None:
    one = kept(variable=[VARIABLE])
    assert read(secret(environment(), one)) == one
    assert read(None) is None


def test_another_owners_environment_of_the_name_has_another_secret() -> None:
    mine = secret_name(environment())
    assert mine == secret_name(environment(uid="uid-2"))
    assert mine != secret_name(environment(owner="bob"))
    assert len(secret_name(environment("a" * 40))) < 253


def test_it_is_found_by_owner_and_environment() -> None:
    labels = secret(environment(), kept())["metadata"]["labels"]
    assert (labels["longshore.dev/environment"], labels["longshore.dev/owner"]) == ("mine", "ann")


def test_what_does_not_fit_says_how_to_go_on() -> None:
    with pytest.raises(RetentionError, match=r"'mine' are more than the 1024 KiB .* --forget") as error:
        secret(environment(), kept(variable=[{"key": "big", "val": "canary" * 200_000}]))
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("data", [{"variable.json": "ew=="}, {"variable.json": "/w=="}, {"variable.json": "WzFd"}])
def test_a_secret_that_was_broken_by_hand_is_named(data: dict[str, str]) -> None:
    found = {**secret(environment(), kept()), "data": data}
    with pytest.raises(RetentionError, match="environment-kept-mine"):
        read(found)


def test_airflows_own_pool_is_retained_only_if_it_was_changed() -> None:
    changed, own = {**DEFAULT, "slots": 5}, {"pool": "mine", "slots": 1}
    assert developer_rows({"slot_pool": [DEFAULT, own]}, fernet_key="key") == {"slot_pool": [own]}
    assert developer_rows({"slot_pool": [changed]}, fernet_key="key") == {"slot_pool": [changed]}


def test_rows_that_no_key_decrypts_are_not_retained() -> None:
    plain = {"conn_id": "a", "is_encrypted": False, "is_extra_encrypted": False}
    secretive = {"conn_id": "b", "is_encrypted": False, "is_extra_encrypted": True}
    assert developer_rows({"connection": [plain, secretive]}, fernet_key="") == {"connection": [plain]}


def test_of_two_rows_the_later_is_retained() -> None:
    earlier = {"variable": [{"key": "a", "val": "1"}, {"key": "b", "val": "1"}]}
    found = merged(earlier, {"variable": [{"key": "b", "val": "2"}], "slot_pool": [{"pool": "p"}]})
    assert found["variable"] == [{"key": "a", "val": "1"}, {"key": "b", "val": "2"}]
    assert found["slot_pool"] == [{"pool": "p"}]


@pytest.mark.parametrize(
    "text",
    ["[1]", '["ab", 1]', '"x"', "{", '[{"key": "\\ud800"}]', '[{"key": [1]}]', "[" * 200_000, f"[{'1' * 5000}]", "5"],
)
def test_what_is_no_airflows_row_says_how_to_go_on(text: str) -> None:
    with pytest.raises(RetentionError, match=r"'variable' of 'env_mine'.*--forget"):
        parsed_rows("variable", text, name="env_mine")
