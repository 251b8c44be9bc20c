"""What outlives an environment is its owner's alone, fits into a Secret, and is read back as it was."""

from typing import Any

import pytest
from environments.exceptions import KeepError
from environments.kept import Kept, developer_made, merged, read, rows_of, secret, secret_name
from images.environments.world import environment

VARIABLE = {"key": "vé", "val": "gAAA", "is_encrypted": True}
DEFAULT = {"pool": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False}


def kept(**tables: Any) -> Kept:
    return Kept(uid="uid-1", fernet_key="key", tables={"connection": [], "variable": [], "slot_pool": [], **tables})


def test_a_secret_is_read_back_as_it_was() -> None:
    one = kept(variable=[VARIABLE])
    assert read(secret(environment(), one)) == one
    assert read(None) is None


def test_nobody_elses_environment_of_the_name_has_the_same_secret() -> None:
    mine = secret_name(environment())
    assert mine == secret_name(environment(uid="uid-2"))
    assert mine != secret_name(environment(owner="bob"))
    assert len(secret_name(environment("a" * 40))) < 253


def test_it_is_found_by_owner_and_environment() -> None:
    labels = secret(environment(), kept())["metadata"]["labels"]
    assert (labels["longshore.dev/environment"], labels["longshore.dev/owner"]) == ("mine", "ann")


def test_what_does_not_fit_says_how_to_go_on() -> None:
    with pytest.raises(KeepError, match=r"'mine' are more than the 1024 KiB .* --forget") as error:
        secret(environment(), kept(variable=[{"key": "big", "val": "canary" * 200_000}]))
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("data", [{"variable.json": "ew=="}, {"variable.json": "/w=="}, {"variable.json": "WzFd"}])
def test_a_secret_that_somebody_has_broken_is_named(data: dict[str, str]) -> None:
    found = {**secret(environment(), kept()), "data": data}
    with pytest.raises(KeepError, match="environment-kept-mine"):
        read(found)


def test_airflows_own_pool_is_kept_only_if_it_was_changed() -> None:
    changed, own = {**DEFAULT, "slots": 5}, {"pool": "mine", "slots": 1}
    assert developer_made({"slot_pool": [DEFAULT, own]}, fernet_key="key") == {"slot_pool": [own]}
    assert developer_made({"slot_pool": [changed]}, fernet_key="key") == {"slot_pool": [changed]}


def test_what_nobody_can_read_any_more_is_not_kept() -> None:
    plain = {"conn_id": "a", "is_encrypted": False, "is_extra_encrypted": False}
    secretive = {"conn_id": "b", "is_encrypted": False, "is_extra_encrypted": True}
    assert developer_made({"connection": [plain, secretive]}, fernet_key="") == {"connection": [plain]}


def test_of_two_the_later_is_kept() -> None:
    earlier = {"variable": [{"key": "a", "val": "1"}, {"key": "b", "val": "1"}]}
    found = merged(earlier, {"variable": [{"key": "b", "val": "2"}], "slot_pool": [{"pool": "p"}]})
    assert found["variable"] == [{"key": "a", "val": "1"}, {"key": "b", "val": "2"}]
    assert found["slot_pool"] == [{"pool": "p"}]


@pytest.mark.parametrize(
    "text",
    ["[1]", '["ab", 1]', '"x"', "{", '[{"key": "\\ud800"}]', '[{"key": [1]}]', "[" * 200_000, f"[{'1' * 5000}]", "5"],
)
def test_what_is_no_airflows_row_says_how_to_go_on(text: str) -> None:
    with pytest.raises(KeepError, match=r"'variable' of 'env_mine'.*--forget"):
        rows_of("variable", text, name="env_mine")
